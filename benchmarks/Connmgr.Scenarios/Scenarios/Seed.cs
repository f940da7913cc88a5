using System.Net;

namespace Connmgr.Scenarios;

/// <summary>DNS seeding: 9 seeds of 40 addresses each, a stub look-up, until the ninth callback.</summary>
internal static class Seed
{
    private const int Seeds = 9;
    private const int AddressesEach = 40;

    private static readonly ChainParameters Chain = ChainParameters.Mainnet with
    {
        DnsSeeds = [.. Enumerable.Range(0, Seeds).Select(static i => new DnsSeed($"seed{i}.example", supportsServiceFilter: true))],
    };

    private static readonly IPAddress[] Answer = [.. Enumerable.Range(0, AddressesEach).Select(static i => NumberedAddresses.GetEndPoint(i).Address)];

    public static IEnumerable<Scenario> All =>
    [
        new("seed_9x40", 301, static async run =>
        {
            var seeder = new DnsSeeder(Chain, new() { Lookup = static (_, _) => new(Answer), MaxAddressesPerSeed = AddressesEach });
            var callbacks = 0;
            Cost? last = null;
            var meter = Meter.Start();
            await seeder.SeedAsync(requiredServices: 1, (_, _, _) =>
            {
                if (++callbacks == Seeds)
                    last = meter.Read();
                return default;
            });
            run.Add(last!.Wall.TotalMicroseconds, "us");
            run.Add("bytes", last.Bytes / 1e3, "kB");
        })
        { WarmUps = 1000 },
    ];
}
