using System.Collections.Concurrent;

namespace Connmgr;

/// <summary>
/// Words of the user's as the values of a tag: the first so many different ones, then "other". So a name that has an address or a number in
/// it does no harm. Thread-safe.
/// </summary>
internal sealed class BoundedWords(int max)
{
    public const string Other = "other";

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _count;

    public string GetWord(string word)
    {
        if (_known.TryGetValue(word, out var known))
            return known;
        if (Interlocked.Increment(ref _count) <= max)
            return _known.GetOrAdd(word, word);
        Interlocked.Decrement(ref _count);
        return Other;
    }
}
