using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Trials: connections in addition to the target, to be promoted or ended.</summary>
public class TrialTests
{
    private static ConnectionRequest Trial(ManagerHarness h, string profile = "")
    {
        var request = h.Manager.ConnectTrial(h.NewAddress(), profile);
        h.Settle();
        return request;
    }

    [Fact]
    public void ATrial_IsCountedApartAndPassedToTheHandler()
    {
        var h = Full(2);
        var tag = new object();
        var request = h.Manager.ConnectTrial(h.NewAddress(), tag: tag);
        h.Settle();
        var (handed, connection) = h.Connected[^1];
        Assert.Same(request, handed);
        Assert.Equal((ConnectionKind.Trial, null, tag), (connection.Kind, connection.Group, handed.Tag));
        Assert.Equal((2, 1), (h.Automatic, h.Snapshot.Count(ConnectionKind.Trial)));
        Assert.True(h.Snapshot.IsFull);
        connection.Close();
        h.Advance(Minute, Second);
        Assert.Equal(ConnectionState.Disconnected, request.State); // It is not tried again, and nothing takes its place.
        Assert.Equal(3, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void MoreTrialsThanTheLimit_EndAtOnce()
    {
        var h = Full(1, options => options.MaxTrials = 2);
        var first = Trial(h);
        Trial(h);
        var third = Trial(h);
        Assert.Equal(ConnectFailureCause.ConnectionLimit, h.Run(third.FirstOutcome).Cause);
        h.Run(h.Manager.RemoveAsync(first.Id));
        Assert.Equal(ConnectionState.Established, Trial(h).State);
        h.Stop();
    }

    [Fact]
    public void ATrialToAnAddressOrNetgroupInUse_EndsAtOnce()
    {
        var h = Full(1);
        var address = (IPEndPoint)h.Connected[0].Request.EndPoint!;
        Assert.Equal(ConnectFailureCause.DuplicateAddress, h.Run(h.Manager.ConnectTrial(address).FirstOutcome).Cause);
        var bytes = address.Address.GetAddressBytes();
        bytes[3]++;
        Assert.Equal(ConnectFailureCause.NetgroupLimit, h.Run(h.Manager.ConnectTrial(new IPEndPoint(new IPAddress(bytes), 8333)).FirstOutcome).Cause);
        h.Stop();
    }

    [Fact]
    public async Task Promote_ReplacesAConnectionInOneStep()
    {
        var h = Full(2);
        var events = new EventRecorder(h.Manager);
        var worst = h.Connected[0];
        var trial = Trial(h);
        Assert.True(h.Run(h.Manager.PromoteAsync(trial.Id, worst.Request.Id)), "It was not promoted.");
        Assert.Equal(DisconnectCause.Replaced, h.Run(worst.Connection.Closed).Cause);
        Assert.Equal((ConnectionKind.Automatic, "default"), (trial.Kind, h.Connected[^1].Connection.Group));
        Assert.Equal((2, 0), (h.Automatic, h.Snapshot.Count(ConnectionKind.Trial)));
        h.Advance(Minute, Second);
        Assert.Equal(3, h.Dialer.All.Count);

        // From now on it is an automatic connection as any other, which is replaced.
        h.Connected[^1].Connection.Close();
        h.Settle();
        Assert.Equal((2, 4), (h.Automatic, h.Dialer.All.Count));
        h.Stop();
        var all = await events.AllAsync();
        var moved = Assert.Single(all.OfType<ConnectionMoved>());
        Assert.Equal((null, "default"), (moved.From, moved.To));
        Assert.Equal(all.IndexOf(moved) - 1, all.FindIndex(happened => happened is ConnectionClosed)); // The old one leaves before the new one counts.
        Assert.DoesNotContain(all, happened => happened is RequestEnded);
    }

    [Fact]
    public void Promote_IntoAVacantPlace_NeedsOne()
    {
        var h = Full(1);
        var trial = Trial(h);
        Assert.False(h.Run(h.Manager.PromoteAsync(trial.Id)), "There was no place.");
        Assert.Equal(ConnectionKind.Trial, trial.Kind);
        h.Dialer.OnDial = null;
        h.Run(h.Manager.SetTargetOutboundAsync(2));
        var attempt = Assert.Single(h.Dialer.Pending);
        Assert.True(h.Run(h.Manager.PromoteAsync(trial.Id)), "There was a place.");
        Assert.True(attempt.Token.IsCancellationRequested);
        Assert.Equal(2, h.Automatic);
        h.Stop();
    }

    [Fact]
    public async Task WhenFull_APromotionFillsTheLastPlace_Completes()
    {
        var h = Full(1);
        var trial = Trial(h);
        h.Dialer.OnDial = null;
        h.Run(h.Manager.SetTargetOutboundAsync(2));
        var full = h.Manager.WhenFullAsync(TestContext.Current.CancellationToken);
        h.Settle();
        Assert.False(full.IsCompleted);
        Assert.True(h.Run(h.Manager.PromoteAsync(trial.Id)), "There was a place.");
        await Eventually.TrueAsync(() =>
        {
            h.Settle();
            return full.IsCompleted;
        });
        await full;
        h.Stop();
    }

    [Fact]
    public void Promote_AnythingButATrialAndAnAutomaticConnectionThatItFits_ChangesNothing()
    {
        var h = Full(2, options => (options.TargetOutbound, options.OutboundGroups) = (8, [new("any", 1), new("blocks", 1) { Profile = "blocks" }]));
        var permanent = h.Manager.Connect(h.NewAddress(), permanent: true);
        var trial = Trial(h, "blocks");
        var ids = h.Connected.Take(2).ToDictionary(pair => pair.Connection.Profile, pair => pair.Request.Id, StringComparer.Ordinal);
        Assert.False(h.Run(h.Manager.PromoteAsync(trial.Id, ids[""])), "Another profile.");
        Assert.False(h.Run(h.Manager.PromoteAsync(trial.Id, permanent.Id)), "A permanent connection.");
        Assert.False(h.Run(h.Manager.PromoteAsync(trial.Id, 1_000)), "No connection.");
        Assert.False(h.Run(h.Manager.PromoteAsync(ids[""], ids["blocks"])), "No trial.");
        Assert.Equal((2, 1), (h.Automatic, h.Snapshot.Count(ConnectionKind.Trial)));
        Assert.True(h.Run(h.Manager.PromoteAsync(trial.Id, ids["blocks"])), "It fits.");
        h.Stop();
    }
}
