using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The state of a run, in numbers. The property names are those of the JSON.</summary>
internal sealed record OverviewItem
{
    public required string Time { get; init; }

    /// <summary>The name of the network.</summary>
    public required string Network { get; init; }

    /// <summary>The seconds since the dashboard started, together with the run.</summary>
    public required double Seconds { get; init; }

    public required RunHealth Health { get; init; }

    /// <summary>The groups of automatic peers; one, <c>default</c>, when no groups are set.</summary>
    public required ImmutableArray<GroupItem> Groups { get; init; }

    /// <summary>True when no route gives an answer.</summary>
    public required bool Outage { get; init; }

    /// <summary>The number of connections that are not automatic, permanent or inbound, such as feelers and one-offs.</summary>
    public required int OneOff { get; init; }

    /// <summary>The number of attempts in progress, including inbound handshakes.</summary>
    public required int Dialing { get; init; }

    public required InboundItem Inbound { get; init; }

    public required TallyItem Tally { get; init; }

    /// <summary>The address book by network; the last is <c>all</c>.</summary>
    public required ImmutableArray<AddressCount> Addresses { get; init; }

    /// <summary>The number of bans.</summary>
    public required int Bans { get; init; }

    /// <summary>The last outcome of each seed.</summary>
    public required ImmutableArray<SeedStateItem> Seeds { get; init; }

    /// <summary>The state of Tor's control port; null without one.</summary>
    public required TorItem? Tor { get; init; }

    /// <summary>The state of I2P; null without a router.</summary>
    public required I2PItem? I2P { get; init; }

    /// <summary>The addresses at which peers are accepted.</summary>
    public required ImmutableArray<string> Listening { get; init; }

    /// <summary>The addresses at which others can reach the run.</summary>
    public required ImmutableArray<ExternalAddressItem> ExternalAddresses { get; init; }

    /// <summary>The ports that gateways map; null when port mapping is off.</summary>
    public required ImmutableArray<PortMappingItem>? PortMappings { get; init; }

    /// <summary>The seconds by which the clock of this machine is ahead of those of the peers; null while that is not known.</summary>
    public required double? ClockOffsetSeconds { get; init; }

    /// <summary>The problems with files of the data directory, with port mappings and with the clock.</summary>
    public required ImmutableArray<string> Problems { get; init; }
}

/// <summary>The inbound peers, and the outcomes of all inbound connections. The property names are those of the JSON.</summary>
/// <param name="Max">The most inbound peers at a time; null for no limit.</param>
/// <param name="Handshakes">The number of handshakes in progress.</param>
/// <param name="Flooded">True during a flood.</param>
/// <param name="Accepted">The number of connections accepted since the start.</param>
/// <param name="Evicted">The number of these that made room for others.</param>
/// <param name="Refused">The numbers of connections refused since the start, by cause.</param>
/// <param name="Netgroups">The netgroups of connected peers, the most frequent first; at most 200.</param>
/// <param name="MoreNetgroups">The number of further netgroups.</param>
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
    private const int MaxNetgroups = 200;

    public static InboundItem From(ConnectionManagerSnapshot snapshot)
    {
        var groups = snapshot.Connections
            .Where(connected => connected.Connection.Direction == ConnectionDirection.Inbound)
            .GroupBy(connected => GetGroup(connected.Connection), StringComparer.Ordinal)
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
            [.. inbound.Refusals.Select(refused => new RefusalItem(Names.Get(refused.Cause), refused.Count, DecisionText.Explain(refused.Cause)))],
            [.. groups.Take(MaxNetgroups)],
            Math.Max(groups.Count - MaxNetgroups, 0));
    }

    /// <summary>Gets the group of a connection. Peers of an onion service all seem to connect from this machine.</summary>
    private static string GetGroup(Connection connection)
    {
        if (connection.IsOnion)
            return "onion";
        var group = Netgroup.FromEndPoint(connection.RemoteEndPoint);
        return group.IsNone ? "local" : group.ToString();
    }
}

/// <summary>The number of inbound connections that were refused for one cause. The property names are those of the JSON.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Count">The number of connections.</param>
/// <param name="Explanation">The meaning of the cause.</param>
internal sealed record RefusalItem(string Cause, long Count, string Explanation);

/// <summary>The number of inbound peers of one netgroup. The property names are those of the JSON.</summary>
/// <param name="Group">
/// Its prefix, such as <c>1.2.0.0/16</c>; <c>local</c> for addresses that are not public, <c>onion</c> for peers of the onion service.
/// </param>
/// <param name="Peers">The number of peers.</param>
internal sealed record NetgroupItem(string Group, int Peers);

/// <summary>The counts since the start. The property names are those of the JSON.</summary>
/// <param name="Dials">Attempts started.</param>
/// <param name="Failed">Attempts that failed, by cause, without those that this program gave up.</param>
/// <param name="GivenUp">Attempts that this program gave up, mostly because another one was faster.</param>
/// <param name="Connected">Connections established.</param>
/// <param name="Disconnected">Connections that ended.</param>
/// <param name="Refused">Inbound connections that were refused.</param>
internal sealed record TallyItem(long Dials, IReadOnlyDictionary<string, long> Failed, long GivenUp, long Connected, long Disconnected, long Refused)
{
    public static TallyItem From(RunTally tally) => new(
        tally.Dials,
        tally.Failed.ToDictionary(count => Names.Get(count.Key), count => count.Value, StringComparer.Ordinal),
        tally.Canceled,
        tally.Connected,
        tally.Disconnected,
        tally.InboundRefused);
}

/// <summary>The last outcome of a seed. The property names are those of the JSON.</summary>
/// <param name="Kind">The kind of the seed.</param>
/// <param name="Name">The name of the seed.</param>
/// <param name="Addresses">The number of addresses that it gave.</param>
/// <param name="Failure">The reason why there are none; null when there are some.</param>
/// <param name="Message">The error message; null when there is none.</param>
/// <param name="TimesAsked">The number of times it was asked.</param>
/// <param name="Time">The time of the answer or failure.</param>
/// <param name="Seconds">The duration.</param>
internal sealed record SeedStateItem(
    string Kind, string Name, int Addresses, string? Failure, string? Message, int TimesAsked, string Time, double Seconds)
{
    public static SeedStateItem From(SeedOutcome seed) => new(
        Names.Get(seed.Kind),
        SafeText.Line(seed.Name),
        seed.AddressCount,
        seed.Failure == SeedFailure.None ? null : Names.Get(seed.Failure),
        seed.Exception is { } exception ? SafeText.Line(exception.Message) : null,
        seed.Attempts,
        EventJson.Time(seed.Time),
        Math.Round(seed.Duration.TotalSeconds, 3));
}

/// <summary>The state of Tor's control port. The property names are those of the JSON.</summary>
/// <param name="Connected">True when Tor is connected.</param>
/// <param name="Version">Tor's version; null while it is unknown.</param>
/// <param name="OnionAddress">The onion address; null while Tor does not serve it.</param>
/// <param name="Published">True when others can find the onion address.</param>
/// <param name="Failure">The error; null when there is none.</param>
internal sealed record TorItem(bool Connected, string? Version, string? OnionAddress, bool Published, string? Failure)
{
    public static TorItem? From(TorState? state) => state is null
        ? null
        : new(
            state.IsConnected,
            state.Version is { } version ? SafeText.Line(version) : null,
            state.OnionService?.ToString(),
            state.IsOnionServicePublished,
            state.Failure is { } failure ? SafeText.Line(failure) : null);
}

/// <summary>An address at which others can reach the run. The property names are those of the JSON.</summary>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Origins">The sources that know it.</param>
/// <param name="Score">The score, by which the best of several addresses on a network is chosen.</param>
internal sealed record ExternalAddressItem(string Address, ImmutableArray<string> Origins, int Score)
{
    public static ExternalAddressItem From(ExternalAddress own) => new(own.EndPoint.ToString(), [.. own.Origins.Select(Names.Get)], own.Score);
}

/// <summary>A port that a gateway maps. The property names are those of the JSON.</summary>
/// <param name="Method">The protocol by which the gateway was asked.</param>
/// <param name="Gateway">The address of the gateway.</param>
/// <param name="Local">ADDRESS:PORT of this machine.</param>
/// <param name="External">ADDRESS:PORT at which the gateway says that others can connect.</param>
/// <param name="Public">False when the gateway is behind another NAT, so that peers can't connect.</param>
internal sealed record PortMappingItem(string Method, string Gateway, string Local, string External, bool Public)
{
    public static PortMappingItem From(PortMapping mapping) =>
        new(Names.Get(mapping.Method), mapping.Gateway.ToString(), mapping.Local.ToString(), mapping.External.ToString(), mapping.IsPublic);
}

/// <summary>The state of I2P. The property names are those of the JSON.</summary>
/// <param name="Connected">True when the router has a session of the run.</param>
/// <param name="Address">The I2P address; null while there is none.</param>
/// <param name="Failure">The error; null when there is none.</param>
internal sealed record I2PItem(bool Connected, string? Address, string? Failure)
{
    public static I2PItem? From(I2PState? state) => state is null
        ? null
        : new(state.IsConnected, state.Address?.ToString(), state.Failure is { } failure ? SafeText.Line(failure) : null);
}

/// <summary>The peers that are connected, and those that are wanted. The property names are those of the JSON.</summary>
/// <param name="Total">The number of peers.</param>
/// <param name="Items">One page of them.</param>
internal sealed record PeerPage(int Total, ImmutableArray<PeerItem> Items);

/// <summary>The attempts in progress. The property names are those of the JSON.</summary>
/// <param name="Total">The number of attempts.</param>
/// <param name="Items">One page of them, ordered by id.</param>
internal sealed record DialPage(int Total, ImmutableArray<DialItem> Items);

/// <summary>An attempt in progress. The property names are those of the JSON.</summary>
/// <param name="Id">The id of its request, or of the inbound connection.</param>
/// <param name="Address">HOST:PORT; null while it is unknown.</param>
/// <param name="Kind">The kind of the request.</param>
/// <param name="Phase">The phase of the attempt: <c>tcp</c>, <c>proxy</c> or <c>handshake</c>.</param>
/// <param name="Seconds">The time since its start.</param>
internal sealed record DialItem(long Id, string? Address, string Kind, string Phase, double Seconds)
{
    public static DialItem From(AttemptSnapshot attempt) => new(
        attempt.RequestId,
        attempt.EndPoint is null ? null : AddressText.Format(attempt.EndPoint),
        Names.Get(attempt.Kind),
        Names.Get(attempt.Phase),
        Math.Round(attempt.Age.TotalSeconds, 3));
}

/// <summary>Addresses of the book. The property names are those of the JSON.</summary>
/// <param name="Total">The number of addresses.</param>
/// <param name="Items">One page of them.</param>
internal sealed record AddressPage(int Total, ImmutableArray<AddressItem> Items);

/// <summary>The addresses in quarantine. The property names are those of the JSON.</summary>
/// <param name="Total">The number of addresses.</param>
/// <param name="Items">One page of them.</param>
internal sealed record QuarantinePage(int Total, ImmutableArray<QuarantineItem> Items);

/// <summary>The bans. The property names are those of the JSON.</summary>
/// <param name="Total">The number of bans.</param>
/// <param name="Items">One page of them.</param>
internal sealed record BanPage(int Total, ImmutableArray<BanItem> Items);

/// <summary>The last decisions. The property names are those of the JSON.</summary>
/// <param name="Items">The last decisions of each tone, ordered by number.</param>
internal sealed record DecisionPage(ImmutableArray<DecisionItem> Items);

/// <summary>The points of the charts. The property names are those of the JSON.</summary>
/// <param name="StepSeconds">The seconds that each point covers.</param>
/// <param name="Points">The points, the oldest first.</param>
internal sealed record HistoryPage(int StepSeconds, ImmutableArray<HistoryPoint> Points);

/// <summary>The rights of a token. The property names are those of the JSON.</summary>
/// <param name="Changes">True when changes are allowed: always, because a wrong token is refused.</param>
internal sealed record TokenItem(bool Changes);
