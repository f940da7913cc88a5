using System.Globalization;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Scenarios;

/// <summary>From the start to 8 peers whose version handshake is complete, in a sandbox of which a share of the addresses is dead. Another seed each run.</summary>
internal static class SandboxFill
{
    public static IEnumerable<Scenario> All => [Create(0), Create(50), Create(90)];

    private static Scenario Create(int deadPercent) =>
        new(string.Create(CultureInfo.InvariantCulture, $"sandbox_fill_8_dead{deadPercent}"), 9, async run =>
        {
            await using var sandbox = new SandboxNetwork(new()
            {
                DeadShare = deadPercent / 100.0,
                SlowShare = 0,
                SilentShare = 0,
                ResettingShare = 0,
                HostileShare = 0,
                Seed = run.Number,
            });
            await using var network = new PeerNetwork(new()
            {
                Chain = SandboxNetwork.Chain,
                Dial = sandbox.DialAsync,
                AddressSource = sandbox.AddressSource,
            });
            var started = TimeProvider.System.GetTimestamp();
            await network.StartAsync();
            await network.WhenFullAsync();
            run.Add(TimeProvider.System.GetElapsedTime(started).TotalSeconds, "s");
        });
}
