using Connmgr.Bitcoin;
using CsCheck;

namespace Connmgr.Tool.Tests.Crawl.Output;

public sealed class SummaryRulesTests
{
    [Fact]
    public void Create_Nodes_CountsThem()
    {
        CrawledNode[] nodes =
        [
            CrawlGen.Node(1), CrawlGen.Node(2, NodeServices.Network), CrawlGen.Node(3, height: 899_990), CrawlGen.Node("[2a01:4f8::6]:8333", agent: "/a:1/"),
            CrawlGen.Node("[2a01:4f8::7]:8333", NodeServices.None, height: -1) with { IsEncrypted = false, Milliseconds = 900 },
        ];
        var summary = SummaryRules.Create("main", CrawlGen.Round(7, CrawlGen.Start, addresses: 50), nodes, CrawlMap.OneSystem, []);

        Assert.Equal((7L, 90.0, 50L, 5L, 0.1), (summary.Round, summary.Seconds, summary.Addresses, summary.Reachable, summary.Share));
        Assert.Equal([new("ipv4", 3), new("ipv6", 2)], summary.Networks);
        Assert.Equal([new("/Satoshi:30.0.0/", 4), new("/a:1/", 1)], summary.UserAgents);
        Assert.Equal([new("network", 4), new("limited", 3), new("v2", 3), new("witness", 3), new("none", 1)], summary.Services);
        Assert.Equal([new("network+witness+limited+v2", 3), new("network", 1), new("none", 1)], summary.ServiceSets);
        Assert.Equal([new("AS64496", 5)], summary.AutonomousSystems);
        Assert.Equal((2, 1, 900_000), (summary.UserAgentCount, summary.AutonomousSystemCount, summary.MedianHeight));
        Assert.Equal([new("v2", 4), new("v1", 1)], summary.Transports);
        Assert.Equal(
            [("7 to 144 behind", 1), ("median", 3), ("unknown", 1)], summary.Heights.Where(static item => item.Count > 0).Select(static item => (item.Name, item.Count)));
        Assert.Equal((42, 900), (summary.MedianMilliseconds, summary.NinthDecileMilliseconds));
    }

    [Fact]
    public void Create_Nobody_IsEmpty()
    {
        var summary = SummaryRules.Create("main", CrawlGen.Round(1, CrawlGen.Start, addresses: 0), [], map: null, []);
        Assert.Equal((0L, 0.0), (summary.Reachable, summary.Share));
        Assert.Empty(summary.UserAgents);
        Assert.Null(summary.MedianHeight);
        Assert.Null(summary.AutonomousSystems);
    }

    [Fact]
    public void Count_AnyNames_LosesNoneAndStaysShort()
    {
        var cut = 0;
        Gen.Int[0, 300].Array[0, 400].Sample(numbers =>
        {
            var counts = SummaryRules.Count(numbers.Select(static number => $"n{number}"));
            Assert.Equal(numbers.Length, counts.Sum(static item => item.Count));
            Assert.InRange(counts.Count, 0, SummaryRules.MaxNames + 1);
            var listed = counts.Where(static item => !string.Equals(item.Name, SummaryRules.Other, StringComparison.Ordinal)).ToArray();
            Assert.Equal(listed.OrderByDescending(static item => item.Count), listed);
            Assert.All(listed, item => Assert.Equal(item.Count, numbers.Count(number => string.Equals($"n{number}", item.Name, StringComparison.Ordinal))));
            if (listed.Length < counts.Count)
                Interlocked.Increment(ref cut);
        });
        Assert.True(cut > 0, "No list was cut.");
    }

    [Fact]
    public void Create_HeightsOfHostileNodes_AreCounted()
    {
        int[] heights = [int.MaxValue, int.MaxValue, 0, 5, int.MinValue];
        var summary = SummaryRules.Create(
            "main", CrawlGen.Round(1, CrawlGen.Start), [.. heights.Select(static (height, i) => CrawlGen.Node(i, height: height))], map: null, []);
        Assert.Equal(
            [("more than 2016 behind", 2), ("median", 2), ("unknown", 1)],
            summary.Heights.Where(static item => item.Count > 0).Select(static item => (item.Name, item.Count)));
    }
}
