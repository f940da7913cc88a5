using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The usefulness of a peer as a number, with its reasons. Higher is better, 0 is a peer of which nothing is known. Immutable.
/// </summary>
public sealed class PeerRating
{
    /// <summary>Creates a rating, the sum of its reasons.</summary>
    /// <param name="reasons">The reasons. A weight that is not a finite number counts as 0.</param>
    public PeerRating(params IEnumerable<PeerRatingReason> reasons)
    {
        ArgumentNullException.ThrowIfNull(reasons);
        Reasons = [.. reasons];
        Value = Reasons.Sum(static reason => double.IsFinite(reason.Weight) ? reason.Weight : 0);
    }

    /// <summary>The rating.</summary>
    public double Value { get; }

    /// <summary>The reasons, for logs and displays.</summary>
    public ImmutableArray<PeerRatingReason> Reasons { get; }

    /// <summary>Rates a peer by what is known of it. A pure function, the default of <see cref="PeerNetworkOptions.GetRating"/>.</summary>
    /// <remarks>
    /// The sum of these reasons; those of which nothing is known are left out.
    /// <list type="table">
    /// <listheader><term>reason</term><description>weight</description></listheader>
    /// <item><term>ping</term><description>20 (1 - shortest round trip / 250 ms), at least -20</description></item>
    /// <item><term>connect</term><description>5 (1 - connect time / 1 s), at least -5</description></item>
    /// <item><term>stayed</term><description>4 log2(1 + minutes), at most 20</description></item>
    /// <item><term>blocks</term><description>20 n / (n + 5) for n useful blocks</description></item>
    /// <item><term>transactions</term><description>10 n / (n + 50) for n useful transactions</description></item>
    /// <item><term>requests</term><description>30 (a - 3 t) / (a + 3 t + 10) for a answered and t that timed out</description></item>
    /// <item><term>misbehavior</term><description>-10 for each report, at least -50</description></item>
    /// <item><term>quarantine</term><description>-10 for each time in a row, at least -40</description></item>
    /// <item><term>attempts</term><description>-2 for each failed one, at least -10</description></item>
    /// </list>
    /// Services and versions do not count: groups require them. The weights are this library's own; Bitcoin Core rates no outbound peers.
    /// </remarks>
    /// <param name="facts">The facts.</param>
    /// <returns>The rating.</returns>
    public static PeerRating FromFacts(PeerFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var reasons = ImmutableArray.CreateBuilder<PeerRatingReason>();
        if (facts.ShortestRoundTrip is { } ping)
            Add("ping", 20 * Math.Clamp(1 - (ping / TimeSpan.FromMilliseconds(250)), -1, 1));
        if (facts.ConnectTime is { } connect)
            Add("connect", 5 * Math.Clamp(1 - (connect / TimeSpan.FromSeconds(1)), -1, 1));
        Add("stayed", Math.Min(4 * Math.Log2(1 + Math.Max(facts.Stayed.TotalMinutes, 0)), 20));
        Add("blocks", 20.0 * facts.UsefulBlocks / (facts.UsefulBlocks + 5.0));
        Add("transactions", 10.0 * facts.UsefulTransactions / (facts.UsefulTransactions + 50.0));
        var missed = 3.0 * facts.RequestsTimedOut;
        Add("requests", 30 * (facts.RequestsAnswered - missed) / (facts.RequestsAnswered + missed + 10));
        Add("misbehavior", -Math.Min(10.0 * facts.Misbehaviors, 50));
        Add("quarantine", -Math.Min(10.0 * facts.QuarantineTimes, 40));
        Add("attempts", -Math.Min(2.0 * facts.FailedAttempts, 10));
        return new PeerRating(reasons);

        void Add(string name, double weight)
        {
            if (weight != 0)
                reasons.Add(new(name, weight));
        }
    }

    /// <summary>Returns the value and the reasons.</summary>
    /// <returns>For example <c>14.5: ping 12.0, connect 2.5</c>.</returns>
    public override string ToString() =>
        Invariant($"{Value:0.0}: {string.Join(", ", Reasons.Select(static reason => reason.ToString()))}");
}

/// <summary>A reason of a <see cref="PeerRating"/>.</summary>
/// <param name="Name">The name, a word.</param>
/// <param name="Weight">The part of the rating: above 0 for a reason that speaks for the peer.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PeerRatingReason(string Name, double Weight)
{
    /// <summary>Returns the name and the weight.</summary>
    /// <returns>For example <c>ping 12.0</c>.</returns>
    public override string ToString() => Invariant($"{Name} {Weight:0.0}");
}
