namespace Connmgr;

/// <summary>
/// The sources of the entries, each once: one peer announces up to 1,000 addresses, and a source takes 56 bytes. A source goes with its last entry.
/// </summary>
internal sealed class BookSources
{
    private readonly Dictionary<(NetworkAddress Address, Netgroup Group), BookSource> _sources = [];

    public int Count => _sources.Count;

    /// <summary>Gets a source for a further entry.</summary>
    public BookSource Take(in NetworkAddress address, Netgroup group)
    {
        if (!_sources.TryGetValue((address, group), out var source))
            _sources.Add((address, group), source = new BookSource(address, group));
        source.Entries++;
        return source;
    }

    /// <summary>Gives back the source of an entry that was removed.</summary>
    public void Return(BookSource source)
    {
        source.Entries--;
        if (source.Entries == 0)
            _sources.Remove((source.Address, source.Group));
    }
}
