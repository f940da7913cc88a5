using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Telemetry;

public sealed class ReputationMetricsTests : IDisposable
{
    private static readonly NetworkAddress Bad = NetworkAddress.Parse("1.2.3.4");

    private readonly MeterRecorder _recorder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PeerReputation _reputation;

    public ReputationMetricsTests() => _reputation = new PeerReputation(new PeerReputationOptions { Scores = new HostScoresOptions { TimeProvider = _time } });

    public void Dispose() => _recorder.Dispose();

    [Fact]
    public void Misbehavior_UpToABan_IsCountedStepByStep()
    {
        using var metrics = _reputation.Measure(_recorder, "test");
        _reputation.ReportMisbehavior(Peer, Misbehavior.InvalidData);
        _reputation.ReportMisbehavior(Peer, Misbehavior.InvalidData);
        Assert.Equal(1, _recorder.Sum("connmgr.peer.score.bumps", ("connmgr.misbehavior", "invalid data"), ("connmgr.verdict", "discourage")));
        Assert.Equal(1, _recorder.Sum("connmgr.peer.score.bumps", ("connmgr.misbehavior", "invalid data"), ("connmgr.verdict", "ban")));
        Assert.Equal(1, _recorder.Sum("connmgr.bans", ("connmgr.ban.change", "added"), ("connmgr.ban.cause", "misbehavior")));
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.bans.active", ("connmgr.instance", "test")));
    }

    [Fact]
    public void Bans_OfAllChanges_AreCounted()
    {
        using var metrics = _reputation.Measure(_recorder);
        var (first, second) = (new BanTarget(NetworkSubnet.Parse("10.0.0.0/8")), new BanTarget(NetworkSubnet.Parse("11.0.0.0/8")));
        _reputation.Bans.Add(first, TimeSpan.FromHours(1));
        _reputation.Bans.Add(second, TimeSpan.FromHours(2));
        _reputation.Bans.Remove(second);
        _time.Advance(TimeSpan.FromHours(3));
        _reputation.Bans.GetBans();
        Assert.Equal(2, _recorder.Sum("connmgr.bans", ("connmgr.ban.change", "added"), ("connmgr.ban.cause", "manual")));
        Assert.Equal(1, _recorder.Sum("connmgr.bans", ("connmgr.ban.change", "removed")));
        Assert.Equal(1, _recorder.Sum("connmgr.bans", ("connmgr.ban.change", "expired")));
        Assert.Equal(0, _recorder.Collect().Sum("connmgr.bans.active"));
    }

    /// <summary>Names are the user's: one with an address in it must not make a series of its own for each peer.</summary>
    [Fact]
    public void Misbehaviors_WithoutEnd_AreAFewAndOther()
    {
        using var metrics = _reputation.Measure(_recorder);
        for (var i = 0; i < 200; i++)
            _reputation.ReportMisbehavior(Peer, new Misbehavior($"from 1.2.3.{i}", 0, 1));
        Assert.Equal(160, _recorder.Sum("connmgr.peer.score.bumps", ("connmgr.misbehavior", "other")));
        Assert.Equal(ReputationMetrics.MaxMisbehaviors + 1, _recorder.All.Select(static series => series.Tags.GetValueOrDefault("connmgr.misbehavior")).OfType<string>().Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Dispose_EndsIt()
    {
        _reputation.Measure(_recorder).Dispose();
        _reputation.ReportMisbehavior(Peer, Misbehavior.InvalidData);
        _reputation.ReportMisbehavior(Peer, Misbehavior.InvalidData);
        Assert.Empty(_recorder.Collect().All);
    }

    private static System.Net.IPEndPoint Peer => (System.Net.IPEndPoint)new NetworkEndPoint(Bad, 8333).ToEndPoint()!;
}
