using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Why connections are missing: right at each moment, whatever happened before.</summary>
public class ShortageTests
{
    private static readonly IPEndPoint[] Known = [Ip("1.1.1.1"), Ip("2.2.2.2"), Ip("3.3.3.3")];

    private readonly HashSet<EndPoint> _banned = [];

    /// <summary>A source that asks before it gives, one that does not.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_EverythingBanned_NamesTheBans_UntilTheyAreTakenBack(bool asks)
    {
        _banned.UnionWith(Known);
        var h = With(GetSource(asks));

        var shortage = Shortage(h);
        Assert.Equal((ShortageReasons.Excluded, 2), (shortage!.Reasons, shortage.MissingAutomatic));
        Assert.Equal("2 automatic peers are missing: bans or the gate exclude all addresses that were looked at.", shortage.ToString());

        _banned.Clear();
        h.Advance(10 * Second);
        Assert.Null(Shortage(h));
        h.Stop();
    }

    [Fact]
    public void Of_ASourceThatRunsDry_NamesThat_ThoughEverythingWasBannedBefore()
    {
        _banned.UnionWith(Known);
        var isEmpty = false;
        var source = GetSource(asks: true, () => isEmpty);
        var h = With(source);
        Assert.Equal(ShortageReasons.Excluded, Shortage(h)!.Reasons);

        isEmpty = true;
        h.Advance(10 * Second);

        Assert.Equal((ShortageReasons.NoAddresses, "no address is known"), (Shortage(h)!.Reasons, Shortage(h)!.Explanation));
        h.Stop();
    }

    [Fact]
    public void Of_SomeBannedAndSomeInUse_NamesBothWithTheirNumbers()
    {
        _banned.Add(Known[0]);
        var h = With(GetSource(asks: true), target: 4);
        var shortage = Shortage(h)!;
        Assert.Equal((ShortageReasons.Excluded | ShortageReasons.DuplicateAddress, 2), (shortage.Reasons, shortage.MissingAutomatic));
        Assert.Contains("of the last", shortage.Explanation, StringComparison.Ordinal);
        h.Stop();
    }

    [Fact]
    public void Of_NoSource_IsMissing_UnlessPermanentPeersOrListenersAreWhatItIsFor()
    {
        var h = new ManagerHarness(options => (options.GetNewAddress, options.TargetOutbound) = (null, 8));
        h.Start();
        Assert.False(h.Snapshot.IsFull);
        Assert.Equal((ShortageReasons.NoAddressSource, 8), (Shortage(h)!.Reasons, Shortage(h)!.MissingAutomatic));

        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Known[0], permanent: true);
        h.Settle();
        Assert.True(h.Snapshot.IsFull);
        Assert.Null(Shortage(h));
        h.Stop();
        Assert.Null(Shortage(h));

        var listening = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.TargetOutbound) = (null, 8);
            options.Listeners = [new FakeListener()];
            options.OnAccept = static (connection, _) => connection.Closed;
        }).Start();
        Assert.True(listening.Snapshot.IsFull);
        listening.Stop();
    }

    [Fact]
    public void Of_MorePermanentPeersThanTheLimit_NamesTheLimit()
    {
        var h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.TargetOutbound) = (null, 0);
            options.InboundLimits = new InboundLimits { MaxConnections = 2 };
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        foreach (var peer in Known)
            h.Manager.Connect(peer, permanent: true);
        h.Start();

        var shortage = Shortage(h)!;
        Assert.Equal((ShortageReasons.ConnectionLimit | ShortageReasons.MissingPermanent, 1), (shortage.Reasons, shortage.MissingPermanent));
        Assert.Equal("1 permanent peer is missing: the limit of all connections is 2, fewer than the 3 that are wanted.", shortage.ToString());
        h.Stop();
    }

    [Fact]
    public void Of_WhileDialling_NamesNoReason()
    {
        var h = With(GetSource(asks: true), dial: static _ => { });
        Assert.Equal((ShortageReasons.None, string.Empty), (Shortage(h)!.Reasons, Shortage(h)!.Explanation));
        Assert.Equal(ShortageReasons.NoAddresses, ConnectionShortage.FromSnapshot(WithoutAttempts(h.Snapshot), ShortageReasons.NoAddresses)!.Reasons);
        h.Run(h.Manager.SuspendAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ShortageReasons.NetworkSuspended, Shortage(h)!.Reasons);
        h.Stop();
    }

    [Fact]
    public void Of_ASourceThatDoesNotAnswer_NamesThatAlone_UnlessAllAreConnected()
    {
        _banned.UnionWith(Known);
        var h = With(GetSource(asks: true));
        Assert.Equal(ShortageReasons.Excluded, Shortage(h)!.Reasons);

        var shortage = ConnectionShortage.FromSnapshot(h.Snapshot, ShortageReasons.SourceUnavailable)!;
        Assert.Equal((ShortageReasons.SourceUnavailable, "the source of addresses does not answer"), (shortage.Reasons, shortage.Explanation));

        _banned.Clear();
        h.Advance(10 * Second);
        Assert.Null(ConnectionShortage.FromSnapshot(h.Snapshot, ShortageReasons.SourceUnavailable));
        h.Stop();
    }

    private static ConnectionManagerSnapshot WithoutAttempts(ConnectionManagerSnapshot snapshot) => new()
    {
        Time = snapshot.Time,
        TargetOutbound = snapshot.TargetOutbound,
        HasAddressSource = snapshot.HasAddressSource,
        MaxInbound = snapshot.MaxInbound,
        Inbound = snapshot.Inbound,
        IsStopped = snapshot.IsStopped,
        IsSuspended = snapshot.IsSuspended,
        IsOutage = snapshot.IsOutage,
        Requests = snapshot.Requests,
        Attempts = [],
        Connections = snapshot.Connections,
        Draining = snapshot.Draining,
    };

    private static ConnectionShortage? Shortage(ManagerHarness h) => ConnectionShortage.FromSnapshot(h.Snapshot);

    private static FakeSource GetSource(bool asks, Func<bool>? isEmpty = null)
    {
        var next = 0;
        return new FakeSource((request, _) =>
        {
            if (isEmpty?.Invoke() == true)
                return ValueTask.FromResult<Candidate?>(null);
            for (var looks = 0; looks < Known.Length; looks++)
            {
                var endPoint = Known[next++ % Known.Length];
                if (!asks || request.GetRefusal(endPoint) == ConnectFailureCause.None)
                    return ValueTask.FromResult<Candidate?>(new Candidate(endPoint));
            }

            return ValueTask.FromResult<Candidate?>(null);
        });
    }

    private ManagerHarness With(FakeSource source, int target = 2, Action<FakeDialer.Dial>? dial = null)
    {
        var h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, target);
            options.Gate = (endPoint, _) => _banned.Contains(endPoint) ? GateVerdict.Refuse : GateVerdict.Allow;
        });
        h.Dialer.OnDial = dial ?? (static made => made.Succeed());
        return h.Start();
    }
}
