using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The summary of a run.</summary>
/// <param name="Time">The time at which it had ended.</param>
/// <param name="Network">The network's name.</param>
/// <param name="End">The reason of its end.</param>
/// <param name="Tally">The counts.</param>
/// <param name="Duration">From the start to the end.</param>
/// <param name="TimeToFull">The time from the start to the first moment at which nothing was missing; null when there was none.</param>
/// <param name="Missing">The peers that were missing at the end, in words; empty for none.</param>
/// <param name="Statistics">The statistics of the address book, the seeds and the gossip.</param>
internal sealed record RunSummary(
    DateTimeOffset Time,
    string Network,
    RunEnd End,
    RunTally Tally,
    TimeSpan Duration,
    TimeSpan? TimeToFull,
    ImmutableArray<string> Missing,
    PeerNetworkStatistics Statistics);

/// <summary>The reason why a run ended.</summary>
internal enum RunEnd
{
    /// <summary>Ctrl-C, SIGTERM.</summary>
    Interrupted,

    /// <summary>Nothing was missing, with <c>--until-full</c>.</summary>
    Full,

    /// <summary>Something was missing at the end of <c>--timeout</c>.</summary>
    TimedOut,
}
