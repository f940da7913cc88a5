using System.Globalization;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Scenarios;

/// <summary>From the start to 8 peers whose version handshake is complete, in a sandbox of which a share of the addresses is dead. Another seed each run.</summary>
internal static class SandboxFill
{
    public static IEnumerable<Scenario> All => [Of(0), Of(50), Of(90)];

    private static Scenario Of(int deadPercent) =>
        new(string.Create(CultureInfo.InvariantCulture, $"sandbox_fill_8_dead{deadPercent}"), "s", 9, run => MeasureAsync(run, deadPercent / 100.0));

    private static async Task<double> MeasureAsync(int run, double deadShare)
    {
        await using var sandbox = new SandboxNetwork(new() { DeadShare = deadShare, SlowShare = 0, SilentShare = 0, ResettingShare = 0, HostileShare = 0, Seed = run });
        await using var network = new PeerNetwork(new()
        {
            Chain = SandboxNetwork.Chain,
            Dial = sandbox.DialAsync,
            AddressSource = sandbox.AddressSource,
        });
        var started = TimeProvider.System.GetTimestamp();
        await network.StartAsync();
        await network.WhenFullAsync();
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
