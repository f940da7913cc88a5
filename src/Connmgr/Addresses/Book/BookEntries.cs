namespace Connmgr;

/// <summary>
/// The entries of a book: by address, in a list from which samples are drawn, and with the sources that they share. An entry is known by its
/// address before it has a place, and listed once it has one.
/// </summary>
internal sealed class BookEntries
{
    private readonly BookEntrySet _byEndPoint = new();
    private readonly BookSources _sources = new();
    private readonly List<BookEntry> _listed = [];

    /// <summary>The listed entries, in no particular order.</summary>
    public IReadOnlyList<BookEntry> Listed => _listed;

    /// <summary>The number of different sources of the entries, without addresses that announced themselves.</summary>
    public int SourceCount => _sources.Count;

    public BookEntry? Find(in NetworkEndPoint endPoint) => _byEndPoint.Find(endPoint);

    /// <summary>Creates an entry. Call <see cref="TryAdd"/> next.</summary>
    public BookEntry Create(in NetworkEndPoint endPoint, Netgroup group, in NetworkAddress source, Netgroup sourceGroup)
    {
        var isOwnSource = source == endPoint.Address && sourceGroup == group;
        return new(endPoint, group, isOwnSource ? null : _sources.Take(source, sourceGroup));
    }

    /// <summary>Makes an entry known by its address.</summary>
    /// <returns>False if there is one with its address.</returns>
    public bool TryAdd(BookEntry entry) => _byEndPoint.TryAdd(entry);

    /// <summary>Lists an entry that has its first place.</summary>
    public void List(BookEntry entry)
    {
        entry.Index = _listed.Count;
        _listed.Add(entry);
    }

    /// <summary>Removes an entry, listed or not.</summary>
    public void Remove(BookEntry entry)
    {
        if (entry.Index >= 0)
        {
            Swap(entry.Index, _listed.Count - 1);
            _listed.RemoveAt(_listed.Count - 1);
            entry.Index = -1;
        }

        _byEndPoint.Remove(entry);
        if (entry.SharedSource is { } source)
            _sources.Return(source);
    }

    /// <summary>Swaps two entries of the list.</summary>
    public void Swap(int one, int other)
    {
        (_listed[one], _listed[other]) = (_listed[other], _listed[one]);
        _listed[one].Index = one;
        _listed[other].Index = other;
    }
}
