using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>Look-ups through Tor, one after the other, against a stub of its SOCKS port in another process.</summary>
internal static class TorLookups
{
    private const int Lookups = 2000;

    private static readonly Lazy<ProgramProcess> Stub = new(static () => ProgramProcess.StartRole(SocksStubRole.Name)); // Ends with this process.
    private static TorResolver? _resolver;

    public static IEnumerable<Scenario> All =>
    [
        new("tor_lookups", 9, static async run =>
        {
            var resolver = _resolver ??= new(new IPEndPoint(IPAddress.Loopback, int.Parse(await Stub.Value.ReadLineAsync(), CultureInfo.InvariantCulture)));
            var meter = Meter.Start();
            for (var i = 0; i < Lookups; i++)
                await resolver.LookupAsync("seed.example");
            var cost = meter.Read();
            run.Add(Lookups / cost.Wall.TotalSeconds, "lookups/s");
            run.Add("cpu", cost.Cpu.TotalMicroseconds / Lookups, "us/lookup");
            run.Add("bytes", (double)cost.Bytes / Lookups, "B/lookup");
        })
        { WarmUps = 3 },
    ];
}
