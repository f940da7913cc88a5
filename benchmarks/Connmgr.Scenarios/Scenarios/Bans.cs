using System.Net;

namespace Connmgr.Scenarios;

/// <summary>The cost of bans, scores and discouragement: a lookup among many bans, an increase by host, the verdict on an address.</summary>
internal static class Bans
{
    private const int Calls = 2_000_000;
    private const int Hosts = 1 << 16;

    public static IEnumerable<Scenario> All =>
    [
        .. ((int[])[10, 1_000, 100_000]).SelectMany(count => (Scenario[])
        [
            new($"ban_lookup_{count}", 9, run => MeasureLookupAsync(run, count, isBanned: false)),
            new($"ban_lookup_hit_{count}", 9, run => MeasureLookupAsync(run, count, isBanned: true)),
        ]),
        new("hostscores_increase_known", 9, MeasureIncreaseAsync),
        new("hostscores_increase_million_hosts", 9, MeasureFloodAsync),
        new("reputation_judge", 9, MeasureJudgeAsync),
    ];

    /// <summary>Measures a list in which half of the bans are of hosts, the others of subnets of seven lengths, all of which the lookup of a host that is not banned tries.</summary>
    private static Task MeasureLookupAsync(ScenarioRun run, int count, bool isBanned)
    {
        var bans = new BanList();
        for (var i = 0u; i < count; i++)
        {
            NetworkSubnet.TryCreate(Address(0x2000_0000 + (i << 8)), i % 2 == 0 ? 32 : 24 + (int)(i / 2 % 7), out var subnet);
            bans.Add(new BanTarget(subnet));
        }

        var asked = new NetworkAddress[Hosts];
        for (var i = 0u; i < Hosts; i++)
            asked[i] = Address((isBanned ? 0x2000_0000u : 0x6000_0000u) + (i % (uint)count << 8));
        var found = 0;
        var meter = Meter.Start();
        for (var i = 0; i < Calls; i++)
            found += bans.IsBanned(asked[i % Hosts]) ? 1 : 0;
        Add(run, meter.Read());
        return found == (isBanned ? Calls : 0) ? Task.CompletedTask : throw new InvalidOperationException($"{found} of {Calls} were banned.");
    }

    private static Task MeasureIncreaseAsync(ScenarioRun run)
    {
        var scores = new HostScores();
        var hosts = Enumerable.Range(0, 1000).Select(i => Address(0x2000_0000 + (uint)i)).ToArray();
        foreach (var host in hosts)
            scores.Increase(host, 0, 1);
        var meter = Meter.Start();
        for (var i = 0; i < Calls; i++)
            scores.Increase(hosts[i % hosts.Length], 0, 1);
        Add(run, meter.Read());
        return Task.CompletedTask;
    }

    /// <summary>Measures calls for new hosts, most of which find their bucket full.</summary>
    private static Task MeasureFloodAsync(ScenarioRun run)
    {
        var scores = new HostScores();
        var meter = Meter.Start();
        for (var i = 0u; i < Calls; i++)
            scores.Increase(Address(0x2000_0000 + i), 0, 1 + (i & 31));
        Add(run, meter.Read());
        return Task.CompletedTask;
    }

    /// <summary>Measures the gate of a manager with 100,000 bans and 50,000 discouraged hosts, for an address that is neither.</summary>
    private static Task MeasureJudgeAsync(ScenarioRun run)
    {
        var reputation = new PeerReputation();
        for (var i = 0u; i < 100_000; i++)
            reputation.Bans.Add(new BanTarget(Address(0x2000_0000 + i)));
        for (var i = 0u; i < 50_000; i++)
            reputation.Discouraged.Add(Address(0x4000_0000 + i));
        var asked = Enumerable.Range(0, Hosts).Select(i => new IPEndPoint(Address(0x6000_0000 + (uint)i).ToIPAddress()!, 8333)).ToArray();
        var meter = Meter.Start();
        for (var i = 0; i < Calls; i++)
            reputation.Evaluate(asked[i % Hosts], ConnectionDirection.Inbound);
        Add(run, meter.Read());
        return Task.CompletedTask;
    }

    private static void Add(ScenarioRun run, Cost cost)
    {
        run.Add("cpu", cost.Cpu.TotalNanoseconds / Calls, "ns/op");
        run.Add("allocated", (double)cost.Bytes / Calls, "B/op");
    }

    private static NetworkAddress Address(uint bits) =>
        NetworkAddress.FromIPAddress(new IPAddress([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]));
}
