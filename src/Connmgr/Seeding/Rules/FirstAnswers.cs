namespace Connmgr.Rules;

/// <summary>
/// Holds back the first answers of DNS seeds until all have come, or for a time, so that the seed that answers first does not decide about all
/// peers. Not thread-safe.
/// </summary>
/// <typeparam name="T">The type of an answer.</typeparam>
/// <param name="longest">The maximum time, from the first answer on.</param>
internal sealed class FirstAnswers<T>(TimeSpan longest)
{
    private readonly List<T> _held = [];
    private int _expected;
    private TimeSpan? _since;

    /// <summary>The time at which the held answers are due even if others are missing; null if none is held.</summary>
    public TimeSpan? DueAt => _held.Count > 0 ? _since + longest : null;

    /// <summary>Notes that a seed is being asked whose answer may wait for those of others.</summary>
    public void Expect() => _expected++;

    /// <summary>Adds the answer of an expected seed.</summary>
    public void Add(T answer, TimeSpan now)
    {
        _expected--;
        _since ??= now;
        _held.Add(answer);
    }

    /// <summary>Takes the answers that need not wait any longer, in the order of their arrival.</summary>
    public IReadOnlyList<T> Take(TimeSpan now)
    {
        if (_held.Count == 0 || (_expected > 0 && now < _since + longest))
            return [];

        T[] due = [.. _held];
        _held.Clear();
        if (_expected == 0)
            _since = null; // While an answer is missing, later ones count from the first.
        return due;
    }
}
