using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// Scores by key in a fixed number of places, so that any number of keys uses bounded memory. A hash with a secret of the process assigns
/// each key to a bucket. In a full bucket the lowest score makes room (of equal scores the one that was unchanged for longest), but only
/// for a score that is equal or higher: a high score is never forgotten for a low one. Uses no clock and no lock.
/// </summary>
internal sealed class ScoreTable<TKey>(int capacity, long retention)
    where TKey : struct, IEquatable<TKey>
{
    // Created on first use.
    private readonly Place[]?[] _buckets = new Place[]?[(capacity + HostScores.EntriesPerBucket - 1) / HostScores.EntriesPerBucket];

    /// <summary>The number of remembered keys, including those whose retention is over but which are not removed yet.</summary>
    public int Count { get; private set; }

    /// <summary>Adds points to a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="persistent">Points that stay.</param>
    /// <param name="transient">Points that decay.</param>
    /// <param name="second">The current time in seconds. Never goes back.</param>
    /// <returns>The resulting score; if there is no room to remember the key, that of these points alone.</returns>
    public uint Increase(in TKey key, uint persistent, uint transient, long second)
    {
        var bucket = _buckets[IndexOf(key)] ??= new Place[HostScores.EntriesPerBucket];
        var index = Find(bucket, key);
        if (index >= 0)
        {
            ref var place = ref bucket[index];
            if (IsForgotten(place, second))
                place.Score = default;
            place.Score.Add(persistent, transient, second);
            place.Touched = second;
            return place.Score.At(second);
        }

        var score = default(DecayingScore);
        score.Add(persistent, transient, second);
        var points = score.At(second);
        if (points == 0)
            return 0;
        ref var victim = ref bucket[Lowest(bucket, second, out var lowest)];
        if (lowest > points)
            return points;
        if (!victim.IsTaken)
            Count++;
        victim = new Place { IsTaken = true, Key = key, Score = score, Touched = second };
        return points;
    }

    /// <summary>Gets the score of a key; 0 if it is not remembered.</summary>
    public uint Get(in TKey key, long second) =>
        _buckets[IndexOf(key)] is { } bucket && Find(bucket, key) is >= 0 and var index && !IsForgotten(bucket[index], second)
            ? bucket[index].Score.At(second)
            : 0;

    /// <summary>Forgets a key.</summary>
    public bool Remove(in TKey key)
    {
        if (_buckets[IndexOf(key)] is not { } bucket || Find(bucket, key) is not (>= 0 and var index))
            return false;
        bucket[index] = default;
        Count--;
        return true;
    }

    private static int Find(Place[] bucket, in TKey key)
    {
        for (var i = 0; i < bucket.Length; i++)
        {
            if (bucket[i].IsTaken && bucket[i].Key.Equals(key))
                return i;
        }

        return -1;
    }

    private int Lowest(Place[] bucket, long second, out uint lowest)
    {
        var found = 0;
        lowest = uint.MaxValue;
        for (var i = 0; i < bucket.Length; i++)
        {
            ref readonly var place = ref bucket[i];
            if (!place.IsTaken || IsForgotten(place, second))
            {
                lowest = 0;
                return i;
            }

            var points = place.Score.At(second);
            if (i > 0 && (points > lowest || (points == lowest && place.Touched >= bucket[found].Touched)))
                continue;
            (found, lowest) = (i, points);
        }

        return found;
    }

    private bool IsForgotten(in Place place, long second) => second - place.Touched > retention;

    // The hash codes of keys differ between processes, so that attackers do not know which keys share a bucket.
    private int IndexOf(in TKey key) => (int)(((ulong)(uint)key.GetHashCode() * (uint)_buckets.Length) >> 32);

    [StructLayout(LayoutKind.Auto)]
    private struct Place
    {
        public TKey Key;
        public DecayingScore Score;
        public long Touched;
        public bool IsTaken;
    }
}
