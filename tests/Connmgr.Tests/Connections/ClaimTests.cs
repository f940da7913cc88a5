using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>One address, one request: who gets it, and who has to go.</summary>
public class ClaimTests
{
    [Theory]
    [InlineData("expyuzz4wqqyqhjn.onion")]
    [InlineData("expyuzz4wqqyqhjn.onion.")]
    public void Connect_ToANameThatIsNoOnionService_ThrowsAtOnce(string name)
    {
        var h = NoSource();
        var error = Assert.Throws<ArgumentException>(() => h.Manager.Connect(new System.Net.DnsEndPoint(name, 8333), permanent: true));
        Assert.Contains("version 3", error.Message, StringComparison.Ordinal);
        h.Stop();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Connect_ToAClaimedAddress_FailsAtOnce(bool firstIsPermanent, bool secondIsPermanent)
    {
        var h = NoSource();
        var first = h.Manager.Connect(Ip("1.2.3.4"), firstIsPermanent);
        var second = h.Manager.Connect(Ip("[::ffff:1.2.3.4]:8333"), secondIsPermanent); // The same, written otherwise.
        h.Settle();

        Assert.Equal(ConnectFailureCause.DuplicateAddress, h.Run(second.FirstOutcome).Cause);
        Assert.Equal(ConnectionState.Canceled, second.State);
        Assert.Equal(ConnectionState.Pending, first.State);
        Assert.Single(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public void Connect_ToAPermanentAddressInBackoff_FailsAtOnce()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Fail();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        var second = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();

        Assert.Equal(ConnectFailureCause.DuplicateAddress, h.Run(second.FirstOutcome).Cause);
        h.Stop();
    }

    [Fact]
    public void Remove_OfAPermanentRequest_FreesItsAddress()
    {
        var h = NoSource();
        var first = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        h.Run(h.Manager.RemoveAsync(first.Id));
        var second = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();

        Assert.Equal(ConnectionState.Pending, second.State);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void PermanentRequest_TakesOverAnAutomaticConnection()
    {
        var h = Full(1);
        var (automatic, connection) = h.Connected[0];
        var permanent = h.Manager.Connect(automatic.EndPoint!, permanent: true);
        h.Settle();

        Assert.Equal(DisconnectCause.Superseded, Reason(h, connection));
        Assert.Equal(ConnectionState.Disconnected, automatic.State);
        Assert.Equal(ConnectionState.Established, permanent.State);
        Assert.Equal(1, h.Automatic); // The slot went to another address.
        h.Stop();
    }

    [Fact]
    public void PermanentRequest_TakesOverAnAutomaticAttempt()
    {
        var source = GetSource(Ip("1.2.3.4"), null);
        var h = Dialing(1, options => (options.GetNewAddress, options.AddressSource) = (null, source));
        var permanent = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();

        Assert.Equal(2, h.Dialer.All.Count);
        Assert.True(h.Dialer.All[0].Token.IsCancellationRequested);
        var report = Assert.Single(source.Reports);
        Assert.Equal((ConnectFailureCause.Superseded, false), (report.Cause, report.CountsAgainstAddress));
        h.Dialer.All[1].Succeed();
        h.Settle();
        Assert.Equal(ConnectionState.Established, permanent.State);
        h.Stop();
    }

    [Fact]
    public void PermanentRequest_TakesOverAOneOffConnection()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();

        Assert.Equal(DisconnectCause.Superseded, Reason(h, h.Connected[0].Connection));
        Assert.Equal(ConnectionKind.Permanent, h.Connected[1].Request.Kind);
        h.Stop();
    }

    [Fact]
    public void HostName_ThatLeadsToAnAddressInUse_IsClosedBeforeItsHandshake()
    {
        var handshakes = 0;
        var h = NoSource(options => options.Handshake = (_, _) =>
        {
            handshakes++;
            return default;
        });
        h.Dialer.OnDial = dial => dial.Succeed(Ip("1.2.3.4"));
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        var named = h.Manager.Connect(new DnsEndPoint("seed.example", 8333));
        h.Settle();

        Assert.Equal(ConnectFailureCause.DuplicateAddress, h.Run(named.FirstOutcome).Cause);
        Assert.Equal(1, handshakes);
        Assert.Equal(1, h.Dialer.Streams[1].Disposals);
        h.Stop();
    }

    [Fact]
    public void ConnectedHostName_ClaimsItsAddressTooUntilItEnds()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Succeed(Ip("1.2.3.4"));
        var named = h.Manager.Connect(new DnsEndPoint("Seed.Example.", 8333));
        h.Settle();
        var byAddress = h.Manager.Connect(Ip("1.2.3.4"));
        var byName = h.Manager.Connect(new DnsEndPoint("seed.example", 8333));
        h.Settle();
        Assert.Equal(ConnectFailureCause.DuplicateAddress, h.Run(byAddress.FirstOutcome).Cause);
        Assert.Equal(ConnectFailureCause.DuplicateAddress, h.Run(byName.FirstOutcome).Cause);

        h.Run(h.Manager.RemoveAsync(named.Id));
        var again = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectionState.Established, again.State);
        h.Stop();
    }

    [Fact]
    public void AllowDuplicateAddresses_SwitchesClaimsOff()
    {
        var h = NoSource(options => options.AllowDuplicateAddresses = true);
        h.Dialer.OnDial = dial => dial.Succeed();
        for (var i = 0; i < 3; i++)
            h.Manager.Connect(Ip("1.2.3.4"), permanent: i > 0);
        h.Settle();

        Assert.Equal(3, h.Connected.Count);
        h.Stop();
    }

    private static DisconnectCause Reason(ManagerHarness h, Connection connection) => h.Run(connection.Closed).Cause;

    private static FakeSource GetSource(params EndPoint?[] addresses)
    {
        var queue = new Queue<EndPoint?>(addresses);
        return new FakeSource(() => queue.TryDequeue(out var next) ? next : null);
    }
}
