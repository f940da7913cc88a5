using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The addresses of the source whose automatic connections did not last. They rest longer each time: first for RetryDuration, then twice as
/// long each time, up to MaxRetryDuration, shortened by a random share of up to a half. An address is forgotten after a connection that
/// lasted, or after a long silence. Changed by the rules only; other threads may read. Design C-10.
/// </summary>
internal sealed class FlappingAddresses(TimeSpan retry, TimeSpan maxRetry, Random random)
{
    /// <summary>
    /// The maximum number of addresses. Beyond it the one whose last short connection is longest ago is forgotten; the pace of dials bounds
    /// the benefit for an attacker.
    /// </summary>
    public const int MaxCount = 1000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<EndPoint, Flap> _flaps = new(concurrencyLevel: 1, capacity: 31);

    /// <summary>
    /// The addresses in the order in which they were added, each time as another object. Entries of addresses that were added again or
    /// removed are skipped.
    /// </summary>
    private readonly Queue<Flap> _order = new();

    /// <summary>The number of addresses in the table. For the rules alone: the table's own count takes its locks.</summary>
    public int Count { get; private set; }

    /// <summary>The length of the queue; for tests.</summary>
    internal int Remembered => _order.Count;

    /// <summary>The minimum duration of a connection that counts as lasting: a minute, or RetryDuration if that is longer.</summary>
    public TimeSpan LastingFrom { get; } = retry > Minute ? retry : Minute;

    /// <summary>Notes that a connection did not last.</summary>
    /// <returns>The number of connections in a row that did not, this one included.</returns>
    public int Add(EndPoint key, TimeSpan now)
    {
        var times = GetTimes(key, now) + 1;
        var rest = RestAfter(times);
        var flap = new Flap(key, times, now + rest, now + rest + (2 * maxRetry));
        if (_flaps.TryAdd(key, flap))
            Count++;
        else
            _flaps[key] = flap;
        _order.Enqueue(flap);
        Trim(now);
        return times;
    }

    /// <summary>Notes that a connection lasted.</summary>
    /// <returns>The number of connections in a row, before it, that did not.</returns>
    public int Remove(EndPoint key, TimeSpan now)
    {
        var times = GetTimes(key, now);
        if (_flaps.TryRemove(key, out _))
            Count--;
        return times;
    }

    /// <summary>Gets the number of connections in a row that did not last; 0 for an address that is not known for it.</summary>
    public int GetTimes(EndPoint key, TimeSpan now) => _flaps.TryGetValue(key, out var flap) && flap.ForgottenAt > now ? flap.Times : 0;

    /// <summary>Determines whether an address is resting.</summary>
    public bool IsResting(EndPoint key, TimeSpan now) => _flaps.TryGetValue(key, out var flap) && flap.RestsUntil > now;

    /// <summary>Counts the resting addresses, for display. May be called from any thread.</summary>
    public int CountResting(TimeSpan now)
    {
        var count = 0;
        foreach (var (_, flap) in _flaps)
            count += flap.RestsUntil > now ? 1 : 0;
        return count;
    }

    private TimeSpan RestAfter(int times)
    {
        if (times == 1)
            return retry;
        var ticks = Math.Min(retry.Ticks * Math.Pow(2, Math.Min(times - 1, 60)), maxRetry.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (1 - (random.NextDouble() / 2))));
    }

    /// <summary>Removes expired addresses, and the oldest if there are too many.</summary>
    private void Trim(TimeSpan now)
    {
        while (_order.TryPeek(out var oldest) && (oldest.ForgottenAt <= now || Count > MaxCount || _order.Count > 2 * MaxCount))
        {
            _order.Dequeue();
            if (_flaps.TryRemove(new KeyValuePair<EndPoint, Flap>(oldest.Key, oldest)))
                Count--;
        }
    }

    private sealed class Flap(EndPoint key, int times, TimeSpan restsUntil, TimeSpan forgottenAt)
    {
        public EndPoint Key => key;

        public int Times => times;

        public TimeSpan RestsUntil => restsUntil;

        public TimeSpan ForgottenAt => forgottenAt;
    }
}
