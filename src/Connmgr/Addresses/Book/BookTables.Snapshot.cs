namespace Connmgr;

/// <summary>The conversion between the tables and the content of a file.</summary>
internal sealed partial class BookTables
{
    public BookSnapshot Capture(ReadOnlySpan<byte> grouping)
    {
        var fresh = new List<SavedEntry>(Count(AddressNetworks.All, AddressTables.New));
        var tried = new List<SavedEntry>(Count(AddressNetworks.All, AddressTables.Tried));
        var numbers = new int[Entries.Count];
        foreach (var entry in Entries)
        {
            var list = entry.IsTried ? tried : fresh;
            numbers[entry.Index] = list.Count;
            list.Add(new SavedEntry(
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
    /// Fills empty tables. Drops entries that are not valid or whose place is taken, as Bitcoin Core does. If the grouping or the number of
    /// buckets differs, computes new places from the first sources.
    /// </summary>
    /// <exception cref="FormatException">An address occurs twice.</exception>
    public void Restore(BookSnapshot snapshot, INetgrouper grouper)
    {
        var fresh = Array.ConvertAll(snapshot.New, entry => Restore(entry, grouper));
        foreach (var saved in snapshot.Tried)
        {
            if (!saved.EndPoint.Address.IsValid)
                continue;
            var group = grouper.GetGroup(saved.EndPoint.Address);
            var place = _placement.GetTriedPlace(saved.EndPoint, group);
            if (_tried[place] is not null)
                continue;
            var entry = ToEntry(saved, group, grouper);
            Register(entry);
            _entries.List(entry);
            PutIntoTried(entry, place);
        }

        var keepsPlaces = snapshot.NewBuckets == BookLimits.NewBuckets && snapshot.Grouping.AsSpan().SequenceEqual(grouper.Version);
        foreach (var member in snapshot.Members)
        {
            if ((uint)member.Entry < (uint)fresh.Length && fresh[member.Entry] is { References: < BookLimits.MaxReferences } entry)
                RestorePlace(entry, keepsPlaces ? member.Bucket : null);
        }

        foreach (var entry in fresh)
        {
            if (entry is { References: 0 })
                _entries.Remove(entry);
        }
    }

    private BookEntry ToEntry(in SavedEntry saved, Netgroup group, INetgrouper grouper)
    {
        var entry = _entries.Create(saved.EndPoint, group, saved.Source, grouper.GetGroup(saved.Source));
        entry.Services = saved.Services;
        entry.Seen = saved.Seen;
        entry.LastSuccess = saved.LastSuccess;
        entry.FailedAttempts = saved.FailedAttempts;
        return entry;
    }

    private BookEntry? Restore(SavedEntry saved, INetgrouper grouper)
    {
        if (!saved.EndPoint.Address.IsValid)
            return null;
        var entry = ToEntry(saved, grouper.GetGroup(saved.EndPoint.Address), grouper);
        Register(entry);
        return entry;
    }

    private void RestorePlace(BookEntry entry, int? bucket)
    {
        if (bucket is { } known && _placement.GetNewPlace(entry.EndPoint, known) is var kept && _new[kept] is null)
        {
            Enter(kept);
            return;
        }

        var place = _placement.GetNewPlace(entry.EndPoint, entry.Group, entry.SourceGroup);
        if (_new[place] is null)
            Enter(place);

        void Enter(int free)
        {
            if (entry.References == 0)
                _entries.List(entry);
            PutIntoNew(entry, free);
        }
    }

    private void Register(BookEntry entry)
    {
        if (!_entries.TryAdd(entry))
            throw new FormatException($"the address {entry.EndPoint} occurs twice");
    }
}
