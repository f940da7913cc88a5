namespace Connmgr.Bitcoin;

/// <summary>
/// The answers to getaddr, each kept for 21 to 27 hours, so that whoever asks often learns no more than one answer of what the book holds
/// (as in Bitcoin Core). Reads no clock. Thread-safe.
/// </summary>
internal sealed class AnswerCache
{
    /// <summary>
    /// How many answers are kept before those beyond share one for each network: a host may have so many addresses of its own that peers
    /// could fill the memory.
    /// </summary>
    internal const int MaxKeys = 32;

    private static readonly TimeSpan ShortestLife = TimeSpan.FromHours(21);
    private static readonly TimeSpan LifeSpread = TimeSpan.FromHours(6);

    private readonly Lock _lock = new();
    private readonly Dictionary<AnswerKey, (AddressAnswer Answer, TimeSpan Until)> _answers = [];

    /// <summary>The number of answers kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _answers.Count;
        }
    }

    /// <summary>The answer that is kept for a peer.</summary>
    /// <returns>Null when there is none, or it is too old.</returns>
    public AddressAnswer? Find(AnswerKey key, TimeSpan now)
    {
        lock (_lock)
            return FindLocked(Fit(key, now), now);
    }

    /// <summary>Keeps a new answer, unless another one was kept meanwhile.</summary>
    /// <param name="key">For whom.</param>
    /// <param name="answer">The new answer.</param>
    /// <param name="now">The present.</param>
    /// <param name="chance">From 0 to 1: decides how long it is kept.</param>
    /// <returns>The answer to give.</returns>
    public AddressAnswer Keep(AnswerKey key, AddressAnswer answer, TimeSpan now, double chance)
    {
        lock (_lock)
        {
            key = Fit(key, now);
            if (FindLocked(key, now) is { } earlier)
                return earlier;
            _answers[key] = (answer, now + ShortestLife + LifeSpread * chance);
            return answer;
        }
    }

    private AddressAnswer? FindLocked(AnswerKey key, TimeSpan now) =>
        _answers.TryGetValue(key, out var kept) && now < kept.Until ? kept.Answer : null;

    /// <summary>The key itself, or, when there are too many, the one that all beyond them share: of their network alone.</summary>
    private AnswerKey Fit(AnswerKey key, TimeSpan now)
    {
        if (_answers.Count >= MaxKeys && !_answers.ContainsKey(key))
        {
            foreach (var (old, kept) in _answers)
            {
                if (now >= kept.Until)
                    _answers.Remove(old);
            }
        }

        return _answers.Count < MaxKeys || _answers.ContainsKey(key) ? key : key with { LocalEndPoint = null };
    }
}
