using System.Globalization;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Scenarios;

/// <summary>
/// Fills 8 slots of regtest from a file of addresses, a line each, with every option at its default. Writes <c>peer N SECONDS</c> for each peer that has shaken hands, then
/// <c>full SECONDS</c> or, at a limit of seconds, <c>limit SECONDS</c>.
/// </summary>
internal static class FillRole
{
    public const string Name = "fill";

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var addresses = await File.ReadAllLinesAsync(arguments[0]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(int.Parse(arguments[1], CultureInfo.InvariantCulture)), TimeProvider.System);
        var peers = 0;
        var started = 0L;
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            AddressSource = new AddressPool(addresses.Select(static address => (EndPoint)IPEndPoint.Parse(address))),
            OnPeer = (_, _) =>
            {
                Say($"peer {Interlocked.Increment(ref peers)}", started);
                return default;
            },
        });
        started = TimeProvider.System.GetTimestamp();
        await network.StartAsync(limit.Token);
        try
        {
            await network.WhenFullAsync(limit.Token);
            Say("full", started);
        }
        catch (OperationCanceledException)
        {
            Say("limit", started);
        }
    }

    private static void Say(string what, long started) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{what} {TimeProvider.System.GetElapsedTime(started).TotalSeconds:f3}"));
}
