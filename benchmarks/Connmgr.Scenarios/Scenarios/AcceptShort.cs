using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>OnAccept closes at once; another process keeps W connects in flight, 10,000 in all, and waits for the end of each.</summary>
internal static class AcceptShort
{
    private const int Connections = 10_000;

    public static IEnumerable<Scenario> All => [Create(1), Create(16), Create(64)];

    private static Scenario Create(int inFlight) =>
        new(string.Create(CultureInfo.InvariantCulture, $"accept_short_w{inFlight}"), 9, async run =>
        {
            var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            await using var manager = new ConnectionManager(new()
            {
                Dial = static (_, _) => throw new NotSupportedException(),
                Listeners = [listener],
                OnAccept = static (_, _) => Task.CompletedTask,
                InboundLimits = InboundWorld.OneHost(),
            });
            await manager.StartAsync();
            await using var client = ProgramProcess.StartRole(
                ShortClientRole.Name,
                ((IPEndPoint)listener.LocalEndPoint).Port.ToString(CultureInfo.InvariantCulture),
                inFlight.ToString(CultureInfo.InvariantCulture),
                Connections.ToString(CultureInfo.InvariantCulture));
            await client.ReadLineAsync(); // Its own warm-up is done.
            var meter = Meter.Start();
            var seconds = double.Parse(await client.AskAsync("go"), CultureInfo.InvariantCulture);
            var cost = meter.Read();
            run.Add(Connections / seconds, "conns/s");
            run.Add("cpu", cost.Cpu.TotalSeconds * 10_000 / Connections, "CPU-s/10k");
            run.Add("bytes", (double)cost.Bytes / Connections, "B/conn");
        })
        { WarmUps = 2, Note = InboundWorld.Note };
}
