namespace Connmgr;

/// <summary>
/// The prefix lengths that are banned in one network, the longest first. A look-up probes each of them once, however many bans there are.
/// </summary>
internal sealed class PrefixLengths(int max)
{
    private readonly int[] _counts = new int[max + 1];

    // Few, and rarely changed: each change creates a new array.
    private int[] _inUse = [];

    public ReadOnlySpan<int> InUse => _inUse;

    public void Add(int length)
    {
        if (_counts[length]++ == 0)
            Rebuild();
    }

    public void Remove(int length)
    {
        if (--_counts[length] == 0)
            Rebuild();
    }

    private void Rebuild() => _inUse = [.. Enumerable.Range(0, _counts.Length).Reverse().Where(length => _counts[length] > 0)];
}
