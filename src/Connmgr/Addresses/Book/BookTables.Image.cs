namespace Connmgr;

/// <summary>From the tables to a file's content and back.</summary>
internal sealed partial class BookTables
{
    public BookSnapshot Capture(ReadOnlySpan<byte> grouping)
    {
        var fresh = new List<ImageEntry>(Count(AddressNetworks.All, AddressTables.New));
        var tried = new List<ImageEntry>(Count(AddressNetworks.All, AddressTables.Tried));
        var numbers = new int[_all.Count];
        foreach (var entry in _all)
        {
            var list = entry.IsTried ? tried : fresh;
            numbers[entry.Index] = list.Count;
            list.Add(new ImageEntry(
                entry.EndPoint, entry.Services, (uint)entry.Seen, entry.Source, entry.LastSuccess, entry.FailedAttempts));
        }

        var members = new List<BucketMember>(fresh.Count);
        for (var place = 0; place < BookLimits.MaxNew; place++)
        {
            if (_new[place] is { } entry)
                members.Add(new BucketMember(place / BookLimits.BucketSize, numbers[entry.Index]));
        }

        return new BookSnapshot
        {
            Key = _placement.Key.ToArray(),
            Grouping = grouping.ToArray(),
            New = [.. fresh],
            Tried = [.. tried],
            NewBuckets = BookLimits.NewBuckets,
            Members = [.. members],
        };
    }

    /// <summary>
    /// Fills empty tables. Entries that are not valid, or whose place is taken, are dropped, as Bitcoin Core does; with another grouping
    /// or number of buckets, new is placed anew by first sources.
    /// </summary>
    /// <exception cref="FormatException">An address is there twice.</exception>
    public void Restore(BookSnapshot image, INetgrouper grouper)
    {
        var fresh = Array.ConvertAll(image.New, entry => Restore(entry, grouper));
        foreach (var saved in image.Tried)
        {
            if (!saved.EndPoint.Address.IsValid)
                continue;
            var entry = ToEntry(saved, grouper);
            var place = _placement.TriedPlace(entry.EndPoint, entry.Group);
            if (_tried[place] is not null)
                continue;
            Register(entry);
            List(entry);
            PutIntoTried(entry, place);
        }

        var keepsPlaces = image.NewBuckets == BookLimits.NewBuckets && image.Grouping.AsSpan().SequenceEqual(grouper.Version);
        foreach (var member in image.Members)
        {
            if ((uint)member.Entry < (uint)fresh.Length && fresh[member.Entry] is { References: < BookLimits.MaxReferences } entry)
                RestorePlace(entry, keepsPlaces ? member.Bucket : null);
        }

        foreach (var entry in fresh)
        {
            if (entry is { References: 0 })
                _byEndPoint.Remove(entry.EndPoint);
        }
    }

    private static BookEntry ToEntry(in ImageEntry saved, INetgrouper grouper) =>
        new(saved.EndPoint, grouper.GetGroup(saved.EndPoint.Address), saved.Source, grouper.GetGroup(saved.Source))
        {
            Services = saved.Services,
            Seen = saved.Seen,
            LastSuccess = saved.LastSuccess,
            FailedAttempts = saved.FailedAttempts,
        };

    private BookEntry? Restore(ImageEntry saved, INetgrouper grouper)
    {
        if (!saved.EndPoint.Address.IsValid)
            return null;
        var entry = ToEntry(saved, grouper);
        Register(entry);
        return entry;
    }

    private void RestorePlace(BookEntry entry, int? bucket)
    {
        if (bucket is { } known && _placement.NewPlace(entry.EndPoint, known) is var kept && _new[kept] is null)
        {
            Enter(kept);
            return;
        }

        var place = _placement.NewPlace(entry.EndPoint, entry.Group, entry.SourceGroup);
        if (_new[place] is null)
            Enter(place);

        void Enter(int free)
        {
            if (entry.References == 0)
                List(entry);
            PutIntoNew(entry, free);
        }
    }

    private void Register(BookEntry entry)
    {
        if (!_byEndPoint.TryAdd(entry.EndPoint, entry))
            throw new FormatException($"the address {entry.EndPoint} is there twice");
    }
}
