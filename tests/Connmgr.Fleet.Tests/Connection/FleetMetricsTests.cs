using System.Net;

namespace Connmgr.Fleet.Tests;

/// <summary>Every metric of a fleet, with its tags, and none after the end.</summary>
public class FleetMetricsTests
{
    private static readonly IPEndPoint Address = IPEndPoint.Parse("203.0.113.7:8333");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_ClaimsAndAnOutage_AreMeasured()
    {
        await using var redis = await RedisServer.StartAsync();
        using var recorder = new MeterRecorder();
        await using var other = await redis.JoinAsync();
        await using (var fleet = await FleetConnection.ConnectAsync(
            new FleetOptions { Redis = redis.EndPoint, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(30), MeterFactory = recorder }, Token))
        {
            using var claim = await fleet.Claims.TryClaimAsync(Address);
            using var taken = await other.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.8:8333"));
            Assert.Null(await fleet.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.8:8333")));
            recorder.Collect();
            Assert.Equal((1, 1, 1, 0), (Sum("connmgr.fleet.ready"), Sum("connmgr.fleet.claims"), Sum("connmgr.fleet.claims.refused"), Sum("connmgr.fleet.outages")));

            await redis.KillAsync();
            await RedisServer.RenewAsync(fleet);
            await Eventually.TrueAsync(() => fleet.State == FleetState.Lost);
            await Assert.ThrowsAsync<FleetUnavailableException>(async () => await fleet.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.9:8333")));
            await Eventually.TrueAsync(() => Sum("connmgr.fleet.outages") >= 1);
            recorder.Collect();
            Assert.Equal((0, 1, 2), (Sum("connmgr.fleet.ready"), Sum("connmgr.fleet.claims"), Sum("connmgr.fleet.claims.refused")));
        }

        Assert.All(recorder.All, static series => Assert.Equal("test", series.Tags["connmgr.instance"]));
        Assert.Equal(
            ["held", "unavailable"],
            recorder.All.Where(static series => series.Instrument.Name is "connmgr.fleet.claims.refused").Select(static series => series.Tags["connmgr.fleet.refusal"]!).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);

        double Sum(string instrument) => recorder.Sum(instrument);
    }
}
