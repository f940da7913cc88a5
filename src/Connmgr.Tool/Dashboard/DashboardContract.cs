using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>How a run stands, in numbers. The names are those of the JSON.</summary>
internal sealed record OverviewItem
{
    public required string Time { get; init; }

    /// <summary>The name of the network.</summary>
    public required string Network { get; init; }

    /// <summary>Since the dashboard was started, with the run.</summary>
    public required double Seconds { get; init; }

    public required RunHealth Health { get; init; }

    /// <summary>Whether no route gives an answer.</summary>
    public required bool Outage { get; init; }

    /// <summary>Connections beside the automatic, permanent and inbound ones: feelers, one-offs and the like.</summary>
    public required int OneOff { get; init; }

    /// <summary>Attempts under way, inbound handshakes included.</summary>
    public required int Dialing { get; init; }

    public required InboundItem Inbound { get; init; }

    public required TallyItem Tally { get; init; }

    /// <summary>The address book by network; the last is <c>all</c>.</summary>
    public required ImmutableArray<AddressCount> Addresses { get; init; }

    /// <summary>How many bans there are.</summary>
    public required int Bans { get; init; }

    /// <summary>What each seed that was asked gave the last time.</summary>
    public required ImmutableArray<SeedStateItem> Seeds { get; init; }

    /// <summary>Where Tor's control port stands; null without one.</summary>
    public required TorItem? Tor { get; init; }

    /// <summary>Where peers are accepted.</summary>
    public required ImmutableArray<string> Listening { get; init; }

    /// <summary>What was wrong with files of the data directory.</summary>
    public required ImmutableArray<string> Problems { get; init; }
}

/// <summary>The inbound peers, and what became of all that came. The names are those of the JSON.</summary>
/// <param name="Max">The most at one time; null for any number.</param>
/// <param name="Handshakes">Handshakes under way.</param>
/// <param name="Flooded">Whether there is a flood.</param>
/// <param name="Accepted">Connections accepted since the start.</param>
/// <param name="Evicted">Those of them that had to make room for others.</param>
/// <param name="Refused">Connections refused since the start, by cause.</param>
/// <param name="Netgroups">Where those connected come from, the most frequent first: at most 200.</param>
/// <param name="MoreNetgroups">How many netgroups there are beyond those.</param>
internal sealed record InboundItem(
    int? Max,
    int Handshakes,
    bool Flooded,
    long Accepted,
    long Evicted,
    ImmutableArray<RefusalItem> Refused,
    ImmutableArray<NetgroupItem> Netgroups,
    int MoreNetgroups)
{
    private const int MostNetgroups = 200;

    public static InboundItem Of(ConnectionManagerSnapshot snapshot)
    {
        var groups = snapshot.Connections
            .Where(connected => connected.Connection.Direction == ConnectionDirection.Inbound)
            .GroupBy(connected => GroupOf(connected.Connection), StringComparer.Ordinal)
            .Select(group => new NetgroupItem(group.Key, group.Count()))
            .OrderByDescending(group => group.Peers)
            .ThenBy(group => group.Group, StringComparer.Ordinal)
            .ToList();
        var inbound = snapshot.Inbound;
        return new InboundItem(
            snapshot.MaxInbound,
            inbound.Handshakes,
            inbound.IsFlooded,
            inbound.Accepted,
            inbound.Evicted,
            [.. inbound.Refused.Select(refused => new RefusalItem(Names.Of(refused.Cause), refused.Count, DecisionText.Of(refused.Cause)))],
            [.. groups.Take(MostNetgroups)],
            Math.Max(groups.Count - MostNetgroups, 0));
    }

    /// <summary>Those by an onion service all come from this machine, as far as one sees.</summary>
    private static string GroupOf(Connection connection)
    {
        if (connection.IsOnion)
            return "onion";
        var group = Netgroup.Of(connection.RemoteEndPoint);
        return group.IsNone ? "local" : group.ToString();
    }
}

/// <summary>How many inbound connections were refused for one cause. The names are those of the JSON.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Count">How many.</param>
/// <param name="Explanation">What the cause means.</param>
internal sealed record RefusalItem(string Cause, long Count, string Explanation);

/// <summary>How many inbound peers come from one part of the network. The names are those of the JSON.</summary>
/// <param name="Group">Its prefix, such as <c>1.2.0.0/16</c>; <c>local</c> for addresses that are not public, <c>onion</c> for those by our onion service.</param>
/// <param name="Peers">How many.</param>
internal sealed record NetgroupItem(string Group, int Peers);

/// <summary>What was counted since the start. The names are those of the JSON.</summary>
/// <param name="Dials">Attempts begun.</param>
/// <param name="Failed">Attempts that failed, by cause; those that we gave up are not among them.</param>
/// <param name="GivenUp">Attempts that we gave up, above all as another was faster.</param>
/// <param name="Connected">Connections established.</param>
/// <param name="Disconnected">Connections that ended.</param>
/// <param name="Refused">Inbound connections that were refused.</param>
internal sealed record TallyItem(long Dials, IReadOnlyDictionary<string, long> Failed, long GivenUp, long Connected, long Disconnected, long Refused)
{
    public static TallyItem Of(RunTally tally) => new(
        tally.Dials,
        tally.Failed.ToDictionary(count => Names.Of(count.Key), count => count.Value, StringComparer.Ordinal),
        tally.Canceled,
        tally.Connected,
        tally.Disconnected,
        tally.InboundRefused);
}

/// <summary>What a seed gave the last time. The names are those of the JSON.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What was asked.</param>
/// <param name="Addresses">How many addresses it gave.</param>
/// <param name="Failure">Why there are none; null when there are.</param>
/// <param name="Message">What went wrong, in words; null when nothing is known.</param>
/// <param name="TimesAsked">How often it was asked.</param>
/// <param name="Time">When it answered or failed.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record SeedStateItem(
    string Kind, string Name, int Addresses, string? Failure, string? Message, int TimesAsked, string Time, double Seconds)
{
    public static SeedStateItem Of(SeedOutcome seed) => new(
        Names.Of(seed.Kind),
        SafeText.Line(seed.Name),
        seed.AddressCount,
        seed.Failure == SeedFailure.None ? null : Names.Of(seed.Failure),
        seed.Exception is { } exception ? SafeText.Line(exception.Message) : null,
        seed.TimesAsked,
        EventJson.Time(seed.Time),
        Math.Round(seed.Duration.TotalSeconds, 3));
}

/// <summary>Where Tor's control port stands. The names are those of the JSON.</summary>
/// <param name="Connected">Whether Tor is connected.</param>
/// <param name="Version">Tor's version; null while it is not known.</param>
/// <param name="OnionAddress">Our onion address; null while Tor does not serve it.</param>
/// <param name="Published">Whether others can find it.</param>
/// <param name="Failure">What went wrong; null when nothing did.</param>
internal sealed record TorItem(bool Connected, string? Version, string? OnionAddress, bool Published, string? Failure)
{
    public static TorItem? Of(TorState? state) => state is null
        ? null
        : new(
            state.IsConnected,
            state.Version is { } version ? SafeText.Line(version) : null,
            state.OnionService?.ToString(),
            state.IsOnionServicePublished,
            state.Failure is { } failure ? SafeText.Line(failure) : null);
}

/// <summary>Peers that are connected, and those that are to be. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them.</param>
internal sealed record PeerPage(int Total, ImmutableArray<PeerItem> Items);

/// <summary>Attempts under way. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them, in the order of their ids.</param>
internal sealed record DialPage(int Total, ImmutableArray<DialItem> Items);

/// <summary>An attempt under way. The names are those of the JSON.</summary>
/// <param name="Id">The id of its request, or of the inbound connection.</param>
/// <param name="Address">HOST:PORT; null while it is not known.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Phase">How far it is: <c>tcp</c>, <c>proxy</c> or <c>handshake</c>.</param>
/// <param name="Seconds">Since it began.</param>
internal sealed record DialItem(long Id, string? Address, string Kind, string Phase, double Seconds)
{
    public static DialItem Of(AttemptSnapshot attempt) => new(
        attempt.RequestId,
        attempt.EndPoint is null ? null : AddressText.Of(attempt.EndPoint),
        Names.Of(attempt.Kind),
        Names.Of(attempt.Phase),
        Math.Round(attempt.Age.TotalSeconds, 3));
}

/// <summary>Addresses of the book. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them.</param>
internal sealed record AddressPage(int Total, ImmutableArray<AddressItem> Items);

/// <summary>Bans. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them.</param>
internal sealed record BanPage(int Total, ImmutableArray<BanItem> Items);

/// <summary>Decisions. The names are those of the JSON.</summary>
/// <param name="Items">The last of each tone, in the order of their numbers.</param>
internal sealed record DecisionPage(ImmutableArray<DecisionItem> Items);

/// <summary>Points of the charts. The names are those of the JSON.</summary>
/// <param name="StepSeconds">The length of the pieces.</param>
/// <param name="Points">The oldest first.</param>
internal sealed record HistoryPage(int StepSeconds, ImmutableArray<HistoryPoint> Points);

/// <summary>What a token allows. The names are those of the JSON.</summary>
/// <param name="Changes">Whether changes are allowed: always true, for another token is refused.</param>
internal sealed record TokenItem(bool Changes);
