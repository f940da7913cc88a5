using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>At most so many connections to one netgroup, for automatic picks.</summary>
public class NetgroupLimitTests
{
    private int _fresh;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AutomaticPicks_StopAtTheLimitOfAGroup(int limit)
    {
        var n = 0;
        var source = new FakeSource(() => Ip($"1.2.3.{++n % 250 + 1}"));
        var h = With(source, 8, options => options.MaxOutboundPerNetgroup = limit);

        Assert.Equal(limit, h.Dialer.All.Count); // Attempts count as connections do.
        h.Dialer.All.ForEach(dial => dial.Succeed());
        Assert.Equal(limit, h.Automatic);
        var refused = source.Reports.Where(report => !report.Succeeded);
        Assert.All(refused, report => Assert.Equal(ConnectFailureCause.NetgroupLimit, report.Cause));
        h.Stop();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PermanentAndOneOffConnections_Count(bool permanent)
    {
        var source = new FakeSource(() => Ip("1.2.9.9"));
        var h = With(source, 1, before: h => h.Manager.Connect(Ip("1.2.3.4"), permanent));

        Assert.Equal(Ip("1.2.3.4"), Assert.Single(h.Dialer.All).EndPoint);
        Assert.Equal(ConnectFailureCause.NetgroupLimit, source.Reports[0].Cause);
        h.Stop();
    }

    [Fact]
    public void PermanentAndOneOffRequests_AreNotHeldToTheLimit()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Manager.Connect(Ip("1.2.3.5"), permanent: true);
        h.Settle();
        Assert.Equal(2, h.Connected.Count);
        h.Stop();
    }

    [Theory]
    [InlineData("127.0.0.")]
    [InlineData("192.168.1.")]
    [InlineData("10.0.0.")]
    public void AddressesThatAreNotRoutable_AreExempt(string prefix)
    {
        var n = 0;
        var h = With(new FakeSource(() => Ip(prefix + ++n)), 4);
        Assert.Equal(4, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void HostName_IsGroupedOnceItsAddressIsKnown()
    {
        var n = 0;
        var source = new FakeSource(() => new DnsEndPoint($"host{++n}.example", 8333));
        var h = With(source, 2);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Dialer.All[0].Succeed(Ip("1.2.3.4"));
        h.Settle();
        h.Dialer.All[1].Succeed(Ip("1.2.3.5"));
        h.Settle();

        Assert.Equal(1, h.Automatic);
        Assert.Contains(source.Reports, report => report.Cause == ConnectFailureCause.NetgroupLimit);
        Assert.Equal(1, h.Dialer.Streams[1].Disposals);
        h.Stop();
    }

    [Fact]
    public void EndOfAConnection_FreesItsGroup()
    {
        var n = 0;
        var h = With(new FakeSource(() => Ip($"1.2.3.{++n % 250 + 1}")), 1);
        for (var i = 0; i < 3; i++)
        {
            h.Dialer.Pending.Single().Succeed();
            Assert.Equal(1, h.Automatic);
            h.Run(h.Manager.RemoveAsync(h.Connected[^1].Request.Id));
        }

        h.Stop();
    }

    [Fact]
    public void RefusalOf_AFullNetgroup_TellsTheSourceBeforehand()
    {
        List<bool> hints = [];
        ManagerHarness? h = null;
        var source = new FakeSource((request, _) =>
        {
            hints.Add(request.GetRefusal(Ip("1.2.9.9")) == ConnectFailureCause.NetgroupLimit);
            return ValueTask.FromResult<Candidate?>(new Candidate(hints.Count == 1 ? Ip("1.2.3.4") : h!.NewAddress()));
        });
        h = With(source, 2);
        Assert.Equal([false, true], hints);
        h.Stop();
    }

    [Fact]
    public void Netgrouper_OfTheOptions_DecidesWhatBelongsTogether()
    {
        var n = 0;
        var h = With(new FakeSource(() => Ip($"1.{++n % 250}.3.4")), 8, options => options.Netgrouper = new OneOperator());
        Assert.Single(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public void Netgrouper_ThatThrows_Exempts()
    {
        var logger = new FakeLoggerFactory();
        var h = With(
            new FakeSource(() => Ip($"1.2.3.{++_fresh}")),
            2,
            options => (options.Netgrouper, options.LoggerFactory) = (new OneOperator(throws: true), logger));
        Assert.Equal(2, h.Dialer.All.Count);
        Assert.Contains("Netgrouper failed", Assert.Single(logger.Warnings).Message, StringComparison.Ordinal);
        h.Stop();
    }

    private static ManagerHarness With(
        FakeSource source, int target, Action<ConnectionManagerOptions>? configure = null, Action<ManagerHarness>? before = null)
    {
        var h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, target);
            configure?.Invoke(options);
        });
        before?.Invoke(h);
        return h.Start();
    }

    private sealed class OneOperator(bool throws = false) : INetgrouper
    {
        public ReadOnlySpan<byte> Version => new byte[32];

        public Netgroup GetGroup(in NetworkAddress address) => throws ? throw new IOException("by the test") : Netgroup.FromAutonomousSystem(7);
    }
}
