using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// Decides which nodes a DNS seed should offer, by their uptime. Windows and thresholds are those of bitcoin-seeder; two rules differ because a
/// crawl samples each node once in a round, which may be much shorter or longer than the 1000 s after which bitcoin-seeder tries a node again:
/// <list type="bullet">
/// <item>half of the first tries must succeed. These are three as there, and all others until a window can decide: until a node that was always up
/// would be good by it. Otherwise a new seed would soon have no addresses for hours;</item>
/// <item>a node is forgotten when it has been down for 30 days, instead of being ignored and banned for a time: the crawl's frontier decides when to
/// visit it.</item>
/// </list>
/// Pure.
/// </summary>
internal static class UptimeRules
{
    /// <summary>The number of first samples of which half suffices, whatever the windows say.</summary>
    public const int YoungSamples = 3;

    /// <summary>The time for which a node may be down before it is forgotten.</summary>
    public static readonly TimeSpan MaxDownTime = TimeSpan.FromDays(30);

    /// <summary>The time that the first sample of a node stands for.</summary>
    public static readonly TimeSpan FirstAge = TimeSpan.FromSeconds(1000);

    /// <summary>The windows, the shortest first. A node is good when it is above both limits of any.</summary>
    public static readonly ImmutableArray<UptimeThreshold> Windows =
    [
        new(TimeSpan.FromHours(2), MinReliability: 0.85, MinCount: 2),
        new(TimeSpan.FromHours(8), MinReliability: 0.70, MinCount: 4),
        new(TimeSpan.FromDays(1), MinReliability: 0.55, MinCount: 8),
        new(TimeSpan.FromDays(7), MinReliability: 0.45, MinCount: 16),
        new(TimeSpan.FromDays(30), MinReliability: 0.35, MinCount: 32),
    ];

    /// <summary>Adds a sample.</summary>
    /// <param name="score">The samples before; null for none.</param>
    /// <param name="isUp">True when the node was up.</param>
    /// <param name="now">The time of the sample. One that is not after the last is ignored: the clock was set back.</param>
    public static UptimeScore Add(UptimeScore? score, bool isUp, DateTimeOffset now)
    {
        if (score is not null && now <= score.Last)
            return score;
        var age = score is null ? FirstAge : now - score.Last;
        var windows = ImmutableArray.CreateBuilder<UptimeWindow>(Windows.Length);
        for (var i = 0; i < Windows.Length; i++)
            windows.Add((score?.Windows[i] ?? default).Add(isUp, age, Windows[i].Length));
        return new UptimeScore
        {
            First = score?.First ?? now,
            Last = now,
            LastUp = isUp ? now : score?.LastUp ?? DateTimeOffset.UnixEpoch,
            Samples = Math.Min((score?.Samples ?? 0) + 1, int.MaxValue - 1),
            Ups = Math.Min((score?.Ups ?? 0) + (isUp ? 1 : 0), int.MaxValue - 1),
            Windows = windows.MoveToImmutable(),
        };
    }

    /// <summary>Determines whether a node is reliable enough to be offered.</summary>
    public static bool IsGood(UptimeScore score)
    {
        var isDecided = false;
        for (var i = 0; i < Windows.Length; i++)
        {
            var (threshold, window) = (Windows[i], score.Windows[i]);
            if (window.Count <= threshold.MinCount)
                continue;
            if (window.Reliability > threshold.MinReliability)
                return true;
            isDecided |= window.Weight > threshold.MinReliability; // Had it always been up, it would be good.
        }

        return (!isDecided || score.Samples <= YoungSamples) && score.Ups * 2L >= score.Samples;
    }

    /// <summary>Determines whether a node has been down for so long that its samples are of no use.</summary>
    public static bool IsForgotten(UptimeScore score) => score.Last - score.LastUp > MaxDownTime;
}

/// <summary>A window and the limits above which a node is good.</summary>
/// <param name="Length">The length of the window.</param>
/// <param name="MinReliability">The limit of <see cref="UptimeWindow.Reliability"/>.</param>
/// <param name="MinCount">The limit of <see cref="UptimeWindow.Count"/>.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UptimeThreshold(TimeSpan Length, double MinReliability, double MinCount);
