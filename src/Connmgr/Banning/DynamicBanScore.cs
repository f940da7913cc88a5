namespace Connmgr;

/// <summary>
/// A ban score of two parts: a persistent part that only grows, and a transient part that halves every <see cref="Halflife"/> seconds and
/// expires <see cref="Lifetime"/> seconds after the last addition to it. The arithmetic is that of btcd's connmgr: a transient part of 1 or
/// less counts as zero when the score is read after it has decayed below 1, but it does not decay before an addition.
/// </summary>
/// <remarks>
/// <para>
/// It differs from btcd's score in three ways: <see cref="Increase"/> always returns the decayed score, sums stop at
/// <see cref="uint.MaxValue"/> instead of wrapping, and age is measured on the monotonic clock, so that setting the system's clock neither
/// bans nor pardons a peer.
/// </para>
/// <para>
/// Age is counted in whole seconds since the creation of the score, so frequent calls decay it as much in the long run as rare ones. Thread
/// safety: all members may be called from any thread at any time. Only <see cref="ToString"/> allocates.
/// </para>
/// </remarks>
public sealed class DynamicBanScore
{
    /// <summary>The half-life of the transient part in seconds: 60.</summary>
    public const int Halflife = 60;

    /// <summary>The time in seconds after the last addition at which the transient part expires: 1800.</summary>
    public const int Lifetime = 1800;

    private readonly TimeProvider _timeProvider;
    private readonly long _origin;
    private readonly long _frequency;
    private readonly Lock _lock = new();

    // Guarded by _lock. Seconds count from _origin.
    private DecayingScore _score;

    /// <summary>Creates a score of zero.</summary>
    /// <param name="timeProvider">The clock for the decay; null for the system's.</param>
    public DynamicBanScore(TimeProvider? timeProvider = null)
    {
        _timeProvider = timeProvider ??= TimeProvider.System;
        _origin = timeProvider.GetTimestamp();
        _frequency = timeProvider.TimestampFrequency;
    }

    /// <summary>Adds to both parts.</summary>
    /// <param name="persistent">Points that stay until <see cref="Reset"/>.</param>
    /// <param name="transient">Points that decay. More than 0 restarts the <see cref="Lifetime"/> of the whole transient part.</param>
    /// <returns>The resulting score, as <see cref="Int"/> returns it; at most <see cref="uint.MaxValue"/>.</returns>
    public uint Increase(uint persistent, uint transient)
    {
        lock (_lock)
        {
            var second = ElapsedSeconds();
            _score.Add(persistent, transient, second);
            return _score.At(second);
        }
    }

    /// <summary>Returns the current score: the persistent part plus the decayed transient part, rounded down.</summary>
    /// <returns>The score, at most <see cref="uint.MaxValue"/>.</returns>
#pragma warning disable CA1720 // The name is the one that users of btcd's connmgr know.
    public uint Int()
#pragma warning restore CA1720
    {
        lock (_lock)
            return _score.At(ElapsedSeconds());
    }

    /// <summary>Sets both parts to zero.</summary>
    public void Reset()
    {
        lock (_lock)
            _score = default;
    }

    /// <summary>
    /// Formats both parts, the time of the last addition to the transient part, and the current score. The only member that reads the wall
    /// clock.
    /// </summary>
    /// <returns>
    /// For example <c>persistent 100 + transient 50 at 1700000000 = 150 as of now</c>. The transient part is that of the given Unix time,
    /// which is 0 if there is no transient part.
    /// </returns>
    public override string ToString()
    {
        DecayingScore parts;
        uint score;
        long second;
        lock (_lock)
        {
            second = ElapsedSeconds();
            parts = _score;
            score = parts.At(second);
        }

        var lastUnix = parts.Transient > 0 ? _timeProvider.GetUtcNow().ToUnixTimeSeconds() - (second - parts.Second) : 0;
        return Invariant($"persistent {parts.Persistent} + transient {parts.Transient:0.##} at {lastUnix} = {score} as of now");
    }

    // A timestamp that goes backwards must not raise the score: it counts as no elapsed time.
    private long ElapsedSeconds() => Math.Max(_score.Second, (_timeProvider.GetTimestamp() - _origin) / _frequency);
}
