using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>How a run went.</summary>
/// <param name="Time">When it had ended.</param>
/// <param name="Network">The network's name.</param>
/// <param name="End">What ended it.</param>
/// <param name="Tally">What was counted.</param>
/// <param name="Duration">From the start to the end.</param>
/// <param name="TimeToFull">From the start to the first moment at which nothing was missing; null when there was none.</param>
/// <param name="Missing">What was missing when it ended, in words; empty for nothing.</param>
/// <param name="Statistics">The address book, the seeds, the gossip.</param>
internal sealed record RunSummary(
    DateTimeOffset Time,
    string Network,
    RunEnd End,
    RunTally Tally,
    TimeSpan Duration,
    TimeSpan? TimeToFull,
    ImmutableArray<string> Missing,
    PeerNetworkStatistics Statistics);

/// <summary>What ended a run.</summary>
internal enum RunEnd
{
    /// <summary>Ctrl-C, SIGTERM.</summary>
    Interrupted,

    /// <summary>Nothing was missing, with <c>--until-full</c>.</summary>
    Full,

    /// <summary>Something was missing at the end of <c>--timeout</c>.</summary>
    TimedOut,
}
