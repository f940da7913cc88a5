using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Groups of outbound slots, as users see them.</summary>
public class GroupTests
{
    private const uint Filters = 1;
    private const uint Archive = 2;

    private static readonly OutboundGroup Any = new("any", 2);
    private static readonly OutboundGroup WithFilters = new("filters", 2) { Traits = Filters };

    /// <summary>A manager whose peers have the traits that the third number of their address is.</summary>
    private static ManagerHarness Grouped(IEnumerable<OutboundGroup> groups, Func<CandidateRequest, Candidate?> get, Action<ConnectionManagerOptions>? configure = null) =>
        new(options =>
        {
            options.GetNewAddress = null;
            options.AddressSource = new GroupSource(get);
            options.OutboundGroups = [.. groups];
            options.Handshake = static (connection, _) =>
            {
                connection.SetTraits(TraitsOf(connection.RemoteEndPoint!));
                return default;
            };
            configure?.Invoke(options);
        });

    private static UInt128 TraitsOf(EndPoint endPoint) => ((IPEndPoint)endPoint).Address.GetAddressBytes()[2];

    private static IPEndPoint Peer(ManagerHarness h, uint traits)
    {
        var bytes = h.NewAddress().Address.GetAddressBytes();
        bytes[2] = (byte)traits;
        return new IPEndPoint(new IPAddress(bytes), 8333);
    }

    private static (string, int, int)[] Groups(ManagerHarness h) => [.. h.Snapshot.Groups.Select(group => (group.Name, group.Connected, group.Attempts))];

    [Fact]
    public void EachGroup_IsFilledByThePeersThatItTakes()
    {
        ManagerHarness? h = null;
        var n = 0;
        h = Grouped([WithFilters, Any], _ => new Candidate(Peer(h!, n++ % 4 == 3 ? Filters : 0)));
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        h.Advance(Second);
        Assert.Equal([("filters", 2, 0), ("any", 2, 0)], Groups(h));
        Assert.True(h.Snapshot.IsFull);
        Assert.All(h.Connected, pair => Assert.True(pair.Connection.Group is "any" || pair.Connection.Traits == Filters));
        Assert.Equal(4, h.Connected.Count);
        h.Stop();
        Assert.All(h.Connected, pair => Assert.Null(pair.Connection.Group));
    }

    [Fact]
    public async Task APeerOfAnEarlierGroup_MovesOnForOneThatOnlyFitsThere()
    {
        uint[] traits = [Filters, 0];
        ManagerHarness? h = null;
        var n = 0;
        h = Grouped([new("any", 1), new("filters", 1) { Traits = Filters }], _ => n < traits.Length ? new Candidate(Peer(h!, traits[n++])) : null);
        h.Dialer.OnDial = dial => dial.Succeed();
        var events = new EventRecorder(h.Manager);
        h.Start();
        Assert.Equal([("any", 1, 0), ("filters", 1, 0)], Groups(h));
        Assert.Equal("filters any", string.Join(' ', h.Connected.Select(pair => pair.Connection.Group)));
        h.Stop();
        var all = await events.AllAsync();
        var moved = Assert.Single(all.OfType<ConnectionMoved>());
        Assert.Same(h.Connected[0].Connection, moved.Connection);
        Assert.Equal(("any", "filters"), (moved.From, moved.To));
        Assert.Equal("any any", string.Join(' ', all.OfType<ConnectionEstablished>().Select(established => established.Group)));
    }

    [Fact]
    public void APeerThatNoVacantGroupTakes_EndsUnharmedAndRestsForThatGroup()
    {
        ManagerHarness? h = null;
        var reports = new List<AttemptOutcome>();
        IPEndPoint? unsuited = null;
        var offers = new Queue<Func<Candidate>>();
        var filters = new OutboundGroup("filters", 1) { Traits = Filters };
        h = Grouped([filters], _ => null, options =>
            options.AddressSource = new GroupSource(_ => offers.TryDequeue(out var offer) ? offer() : null, reports.Add));
        unsuited = Peer(h, Archive);
        offers.Enqueue(() => new Candidate(unsuited));
        offers.Enqueue(() => new Candidate(unsuited));
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        h.Advance(7 * Second, Second);
        Assert.Equal([ConnectFailureCause.Unsuited, ConnectFailureCause.Unsuited], reports.Select(report => report.Cause));
        Assert.All(reports, report => Assert.False(report.CountsAgainstAddress));
        Assert.Equal((ConnectPhase.Handshake, ConnectPhase.None), (reports[0].Phase, reports[1].Phase));
        Assert.Single(h.Dialer.All);

        // Another group takes it at once.
        h.Run(h.Manager.SetOutboundGroupsAsync([filters, new("archive", 1) { Traits = Archive }]));
        offers.Enqueue(() => new Candidate(unsuited));
        h.Manager.NotifyAddressesAvailable();
        h.Advance(Second);
        Assert.Equal("archive", Assert.Single(h.Connected).Connection.Group);
        h.Stop();
    }

    [Fact]
    public void AGroupWithoutCandidates_DoesNotKeepTheOthersWaiting()
    {
        ManagerHarness? h = null;
        h = Grouped([WithFilters, Any], request => request.Wanted.Contains(Any) ? new Candidate(Peer(h!, 0)) { Traits = 0 } : null);
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        Assert.Equal([("filters", 0, 0), ("any", 2, 0)], Groups(h));
        h.Run(h.Manager.RemoveAsync(h.Connected[0].Request.Id));
        h.Settle();
        Assert.Equal([("filters", 0, 0), ("any", 2, 0)], Groups(h)); // At once, although the source rests for the first group.
        h.Stop();
    }

    [Fact]
    public void Wanted_NamesTheLackingGroupsAndTheirNetworks()
    {
        ManagerHarness? h = null;
        var wanted = new List<string>();
        var networks = new List<AddressNetworks>();
        var tor = new OutboundGroup("tor", 1) { Networks = AddressNetworks.TorV3 };
        h = Grouped([tor, Any], request =>
        {
            wanted.Add(string.Join(' ', request.Wanted.Select(group => group.Name)));
            networks.Add(request.Networks);
            return request.Wanted.Contains(Any) ? new Candidate(Peer(h!, 0)) : null;
        });
        h.Start();
        Assert.Equal(["tor any", "tor any", "tor"], wanted);
        Assert.Equal([AddressNetworks.All, AddressNetworks.All, AddressNetworks.TorV3], networks);
        h.Stop();
    }

    [Fact]
    public void SetTraits_OfAConnection_MovesItOrEndsIt()
    {
        ManagerHarness? h = null;
        h = Grouped([new("filters", 1) { Traits = Filters }, new("any", 1)], request => request.Wanted[0].Name is "filters" ? new Candidate(Peer(h!, Filters)) : null);
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        var connection = h.Connected[0].Connection;
        Assert.Equal("filters", connection.Group);
        connection.SetTraits(Archive);
        h.Settle();
        Assert.Equal("any", connection.Group);
        h.Advance(6 * Second, Second); // The source had no address before.
        Assert.Equal([("filters", 1, 0), ("any", 1, 0)], Groups(h));
        var other = h.Connected[1].Connection;
        other.SetTraits(0);
        h.Settle();
        Assert.Equal(DisconnectCause.Unsuited, h.Run(other.Closed).Cause);
        h.Stop();
    }

    [Fact]
    public async Task AReconnectWithOtherTraits_IsToldOfInTheGroupWhereItStays()
    {
        ManagerHarness? h = null;
        var n = 0;
        var traits = new Dictionary<EndPoint, UInt128>();
        h = Grouped([new("filters", 1) { Traits = Filters }, new("archive", 1) { Traits = Archive }, new("any", 1)], _ =>
        {
            if (n == 2)
                return null;
            var peer = Peer(h!, Filters);
            traits[peer] = Filters;
            return ++n < 3 ? new Candidate(peer) : null;
        }, options => options.Handshake = (connection, _) =>
        {
            connection.SetTraits(traits[connection.RemoteEndPoint!]);
            return default;
        });
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        Assert.Equal("filters any", string.Join(' ', h.Connected.Select(pair => pair.Connection.Group)));
        h.Advance(6 * Second, Second);
        var first = h.Connected[0].Request;
        traits[first.EndPoint!] = Filters | Archive;
        var events = new EventRecorder(h.Manager);
        h.Run(h.Manager.DisconnectAsync(first.Id, triggerReconnect: true));
        Assert.Equal([("filters", 1, 0), ("archive", 1, 0), ("any", 0, 0)], Groups(h));
        h.Stop();
        var all = await events.AllAsync();
        Assert.Equal("archive", Assert.Single(all.OfType<ConnectionEstablished>()).Group);
        var moved = Assert.Single(all.OfType<ConnectionMoved>());
        Assert.Equal((h.Connected[1].Connection, "any", "filters"), (moved.Connection, moved.From, moved.To));
    }

    [Fact]
    public void SetOutboundGroups_LowerTarget_EndsTheYoungestThatFitsNowhereElse()
    {
        ManagerHarness? h = null;
        h = Grouped([Any], _ => new Candidate(Peer(h!, Filters)));
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        h.Run(h.Manager.SetOutboundGroupsAsync([new("any", 1), new("filters", 1) { Traits = Filters }]));
        Assert.Equal("any filters", string.Join(' ', h.Connected.Select(pair => pair.Connection.Group)));
        h.Run(h.Manager.SetOutboundGroupsAsync([new("any", 0), new("filters", 1) { Traits = Filters }]));
        Assert.Equal(DisconnectCause.LimitLowered, h.Run(h.Connected[0].Connection.Closed).Cause);
        Assert.Equal((1, 1), (h.Manager.TargetOutbound, h.Automatic));
        Assert.Equal("filters", h.Connected[1].Connection.Group);
        h.Stop();
    }

    [Fact]
    public async Task SetOutboundGroups_OneGroupOfAnotherName_TellsOfTheMove()
    {
        ManagerHarness? h = null;
        h = Grouped([Any], _ => new Candidate(Peer(h!, 0)));
        h.Dialer.OnDial = dial => dial.Succeed();
        var events = new EventRecorder(h.Manager);
        h.Start();
        h.Run(h.Manager.SetOutboundGroupsAsync([new("others", 2)]));
        Assert.Equal([("others", 2, 0)], Groups(h));
        h.Stop();
        var moves = (await events.AllAsync()).OfType<ConnectionMoved>();
        Assert.Equal([(null, "others"), (null, "others")], moves.Select(moved => (moved.From, moved.To)));
    }

    [Fact]
    public void APeerThatBecomesUnsuitedSoon_DoesNotRestForAnotherGroup()
    {
        ManagerHarness? h = null;
        var offers = new Queue<Func<Candidate>>();
        h = Grouped([WithFilters], _ => offers.TryDequeue(out var offer) ? offer() : null);
        var peer = Peer(h, Filters);
        offers.Enqueue(() => new Candidate(peer));
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        var connection = Assert.Single(h.Connected).Connection;
        connection.SetTraits(Archive);
        h.Settle();
        Assert.Equal(DisconnectCause.Unsuited, h.Run(connection.Closed).Cause);
        Assert.Equal(ConnectFailureCause.None, h.Manager.GetRefusal(peer));
        h.Run(h.Manager.SetOutboundGroupsAsync([WithFilters, new("archive", 1) { Traits = Archive }]));
        Assert.Equal(ConnectFailureCause.None, h.Manager.GetRefusal(peer));
        offers.Enqueue(() => new Candidate(peer));
        h.Manager.NotifyAddressesAvailable();
        h.Advance(Second);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public async Task SetOutboundGroups_AnotherProfile_EndsTheConnectionsAndAttempts()
    {
        ManagerHarness? h = null;
        h = Grouped([new("any", 2)], _ => new Candidate(Peer(h!, 0)));
        h.Start();
        h.Dialer.All[0].Succeed();
        h.Settle();
        Assert.Equal([("any", 1, 1)], Groups(h));
        h.Run(h.Manager.SetOutboundGroupsAsync([new("blocks", 1) { Profile = "blocks only" }]));
        Assert.Equal(DisconnectCause.LimitLowered, h.Run(h.Connected[0].Connection.Closed).Cause);
        Assert.True(h.Dialer.All[1].Token.IsCancellationRequested);
        Assert.Equal([("blocks", 0, 1)], Groups(h));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
        {
            var task = h.Manager.SetTargetOutboundAsync(1);
            h.Settle();
            return task;
        });
        await Assert.ThrowsAsync<ArgumentException>(() => h.Manager.SetOutboundGroupsAsync([]));
        h.Stop();
    }

    [Fact]
    public void GetErrors_Groups()
    {
        var options = new ConnectionManagerOptions
        {
            Dial = new FakeDialer().DialAsync,
            TargetOutbound = 3,
            OutboundGroups = [new("a", int.MaxValue), new("a", 1), null!, new("b", 1) { Networks = AddressNetworks.None, Traits = 1 }, .. Enumerable.Range(0, 29).Select(index => new OutboundGroup($"{index}", 0))],
        };
        Assert.Equal(
        [
            "TargetOutbound and OutboundGroups are both set: set one. The target of groups is the sum of theirs.",
            "OutboundGroups contains null: leave it out.",
            "OutboundGroups has more than one group \"a\": use different names.",
            "The targets of OutboundGroups exceed 2147483647 in total: use less.",
            "Networks of group \"b\" is None: use one network or more.",
            "Handshake is missing: group \"b\" has Traits, so set one that calls SetTraits.",
        ],
        options.GetErrors());
        options.OutboundGroups = [.. Enumerable.Range(0, 33).Select(index => new OutboundGroup($"{index}", 1))];
        options.TargetOutbound = 8;
        Assert.Equal(["OutboundGroups has 33 groups: use at most 32."], options.GetErrors());
    }

    private sealed class GroupSource(Func<CandidateRequest, Candidate?> get, Action<AttemptOutcome>? report = null) : IAddressSource
    {
        public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(get(request));

        public void ReportOutcome(in AttemptOutcome outcome) => report?.Invoke(outcome);
    }
}
