using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections.Defects;

/// <summary>D10 to D13: sources that block or fail, networks that are out, pauses.</summary>
public class SourceDefectTests
{
    [Fact]
    public void D10_ASourceThatBlocks_HoldsNoSlotAndEndsWithTheStop()
    {
        CancellationToken asked = default;
        var h = Dialing(2, options => options.GetNewAddress = async token =>
        {
            asked = token;
            await ForeverAsync(token);
            return null;
        });
        h.Advance(Minute, Second);
        Assert.Empty(h.Snapshot.Requests);
        var manual = h.Manager.Connect(h.NewAddress());
        h.Settle();
        h.Dialer.All[0].Succeed();
        h.Settle();
        Assert.Equal(ConnectionState.Established, manual.State);
        Assert.False(asked.IsCancellationRequested);

        h.Stop();
        Assert.True(asked.IsCancellationRequested);
    }

    [Fact]
    public void D11_ASourceThatFails_IsAskedOncePerRetryDuration()
    {
        var logger = new FakeLoggerFactory();
        var source = new FakeSource((_, _) => throw new IOException("not seeded yet"));
        var h = Dialing(8, options => (options.GetNewAddress, options.AddressSource, options.LoggerFactory) = (null, source, logger));
        h.Advance(Minute);

        Assert.InRange(source.Calls, 12, 13);
        Assert.InRange(logger.Warnings.Count(), 2, 3); // Once in 30 s.
        h.Stop();
    }

    [Fact]
    public void D11_AnUnreachableNetwork_IsProbedOnly()
    {
        var h = Dialing(8, onDial: dial => dial.Fail(ConnectFailureCause.Unreachable));
        h.Advance(Minute);

        Assert.InRange(h.Dialer.All.Count, 25, 25 + 13);
        h.Stop();
    }

    [Fact]
    public void D12_OrderlyDisconnects_AreNoOutage()
    {
        var h = Full(8);
        for (var i = 0; i < 100; i++)
        {
            h.Advance(Second, Second);
            h.Run(h.Manager.DisconnectAsync(h.Connected[^1].Request.Id));
            Assert.Equal(8, h.Automatic);
        }

        Assert.False(h.Snapshot.IsOutage);
        h.Stop();
    }

    [Fact]
    public void D12_OutagePause_IsForTheWholeManagerAndNotEndedByAnotherRoute()
    {
        var h = Dialing(8, onDial: dial =>
        {
            if (dial.EndPoint is IPEndPoint { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 })
                dial.Succeed();
            else
                dial.Fail(ConnectFailureCause.Unreachable);
        });
        Assert.True(h.Snapshot.IsOutage);
        h.Manager.Connect(new IPEndPoint(IPAddress.Parse("2a01::1"), 8333), permanent: true);
        h.Settle();
        var before = h.Dialer.All.Count;
        h.Advance(Minute);

        Assert.InRange(h.Dialer.All.Count - before, 11, 12); // Not eight times as many.
        h.Stop();
    }

    [Fact]
    public void D13_PeersLostTogether_AreNotDialledTogether()
    {
        var h = NoSource();
        var start = h.Time.GetUtcNow();
        var dialled = new List<double>();
        h.Dialer.OnDial = dial =>
        {
            dialled.Add((h.Time.GetUtcNow() - start).TotalMilliseconds);
            dial.Fail();
        };
        for (var i = 0; i < 20; i++)
            h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Settle();
        dialled.Clear();
        h.Advance(5 * Second);

        Assert.All(dialled.Take(20), ms => Assert.InRange(ms, 2_500, 5_000));
        Assert.InRange(dialled.Take(20).Distinct().Count(), 15, 20);
        h.Stop();
    }

    [Fact]
    public void D13_MaxRetryDuration_CanBeChosen()
    {
        var h = NoSource(options => options.MaxRetryDuration = 8 * Second);
        h.Dialer.OnDial = dial => dial.Fail();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(10 * Minute, Second);

        Assert.InRange(h.Dialer.All.Count, 600 / 8, 600 / 4);
        h.Stop();
    }
}
