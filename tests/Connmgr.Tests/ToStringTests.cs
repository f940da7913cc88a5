using System.Net;

namespace Connmgr.Tests;

/// <summary>The texts of the parts of snapshots and of outcomes, which programs log.</summary>
public sealed class ToStringTests
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1.5);

    public static TheoryData<object, string> Texts => new()
    {
        {
            new RequestSnapshot(7, ConnectionKind.Permanent, ConnectionState.Failing, IPEndPoint.Parse("1.2.3.4:8333"), 3, Age),
            "RequestSnapshot { Id = 7, Kind = Permanent, State = Failing, EndPoint = 1.2.3.4:8333, Attempts = 3, RetryIn = 00:00:01.5000000 }"
        },
        {
            new AttemptSnapshot(8, ConnectionKind.OneOff, new DnsEndPoint("node.example", 8333), ConnectPhase.Tcp, Age),
            "AttemptSnapshot { RequestId = 8, Kind = OneOff, EndPoint = node.example:8333, Phase = Tcp, Age = 00:00:01.5000000 }"
        },
        {
            new InboundSnapshot { Regular = 1, AllowListed = 2, Handshakes = 3, IsFlooded = true, Accepted = 4, Evicted = 5, Refusals = [new(ConnectFailureCause.HostLimit, 6), new(ConnectFailureCause.RateLimit, 7)] },
            "InboundSnapshot { Regular = 1, AllowListed = 2, Handshakes = 3, IsFlooded = True, Accepted = 4, Evicted = 5, Refusals = 13 }"
        },
        { new InboundRefusalCount(ConnectFailureCause.HostLimit, 6), "InboundRefusalCount { Cause = HostLimit, Count = 6 }" },
        { new AddressRefusalCount(ConnectFailureCause.RecentlyTried, 2), "AddressRefusalCount { Cause = RecentlyTried, Count = 2 }" },
        {
            new ListenerProfile { Permissions = ConnectionPermissions.Relay, IsOnion = true, AcceptsPerSecond = 0.5 },
            "ListenerProfile { Permissions = Relay, IsOnion = True, IsI2P = False, MaxConnections = , MaxHandshakes = 40, AcceptsPerSecond = 0.5, AcceptBurst = 40 }"
        },
        {
            new DnsSeedOutcome(new DnsSeed("seed.example", supportsServiceFilter: true), "x9.seed.example") { Failure = DnsSeedFailure.LookupFailed, Exception = new IOException("no answer"), Attempts = 3, Duration = Age },
            "DnsSeedOutcome { Host = x9.seed.example, Addresses = 0, Failure = LookupFailed, Exception = no answer, Attempts = 3, Duration = 00:00:01.5000000 }"
        },
        { new HostScore(60, 700, MisbehaviorAction.Discourage), "HostScore { Score = 60, NetgroupScore = 700, Action = Discourage }" },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void ToString_PartsOfSnapshotsAndOutcomes_ShowsTheMembers(object value, string expected) => Assert.Equal(expected, value.ToString());
}
