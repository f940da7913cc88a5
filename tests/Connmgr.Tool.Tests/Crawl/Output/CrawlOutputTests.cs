using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests.Crawl.Output;

public sealed class CrawlOutputTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("connmgr-crawl-").FullName;
    private readonly FakeTimeProvider _clock = new(CrawlGen.Start);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task AddAsync_Visits_AreLinesInAFileForEachRound()
    {
        var output = await OpenAsync();
        await using (output)
        {
            await output.AddAsync(CrawlGen.Visit(agent: "/\e[2J<script>/"), Cancellation);
            await output.AddAsync(CrawlGen.Failure(), Cancellation);
            await EndAsync(output, CrawlGen.Start, CrawlGen.Node(1));
            _clock.Advance(TimeSpan.FromMinutes(5));
            await output.AddAsync(CrawlGen.Visit(), Cancellation);
        }

        Assert.Equal(["1796040000.jsonl", "1796040300.jsonl"], Names("visits"));
        var lines = await ReadVisitsAsync("1796040000.jsonl");
        Assert.Equal(
            """
            {"time":"2026-11-30T12:00:00.000Z","round":3,"address":"1.2.3.4:8333","network":"ipv4","reached":true,"phase":"none","cause":"none","failures":0,"milliseconds":250.123,"dialMilliseconds":80,"pingMilliseconds":40.6,"protocolVersion":70016,"services":"0000000000000c09","userAgent":"/?[2J\u003Cscript\u003E/","height":900000,"transport":"v2","features":[],"addrV2":true,"wtxidRelay":false,"asked":true,"addresses":1,"newAddresses":1}
            """,
            lines[0]);
        Assert.Equal(
            """
            {"time":"2026-11-30T12:00:00.000Z","round":3,"address":"9.9.9.9:8333","network":"ipv4","reached":false,"phase":"tcp","cause":"timeout","failures":2,"milliseconds":5000,"dialMilliseconds":null,"pingMilliseconds":null,"protocolVersion":null,"services":null,"userAgent":null,"height":null,"transport":null,"features":null,"addrV2":null,"wtxidRelay":null,"asked":null,"addresses":null,"newAddresses":null}
            """,
            lines[1]);
        Assert.Equal(2, lines.Length);
    }

    /// <summary>A restart in the same second, for example.</summary>
    [Fact]
    public async Task AddAsync_FileWithTheSameTime_TakesTheNextSecond()
    {
        var (first, second) = (await OpenAsync(), await OpenAsync());
        await using (first)
        await using (second)
        {
            for (var i = 0; i < 20; i++)
            {
                await first.AddAsync(CrawlGen.Visit(), Cancellation);
                await second.AddAsync(CrawlGen.Visit(), Cancellation);
            }
        }

        Assert.Equal(["1796040000.jsonl", "1796040001.jsonl"], Names("visits"));
        foreach (var name in Names("visits"))
            Assert.Equal(20, (await ReadVisitsAsync(name)).Length);
    }

    [Fact]
    public async Task AddAsync_FullFiles_BeginsOthersAndDeletesTheOldest()
    {
        var output = await OpenAsync(new CrawlFolderLimits { MaxVisitFileBytes = 2000, MaxVisitBytes = 7000 });
        await File.WriteAllTextAsync(Path.Combine(_path, "visits", "mine.jsonl"), "mine", Cancellation);
        await using (output)
        {
            for (var i = 0; i < 100; i++)
                await output.AddAsync(CrawlGen.Visit(), Cancellation);
        }

        var files = Names("visits");
        Assert.Contains("mine.jsonl", files, StringComparer.Ordinal);
        Assert.Contains("1796040024.jsonl", files, StringComparer.Ordinal);
        Assert.InRange(files.Length, 4, 6);
        Assert.All(files, name => Assert.InRange(new FileInfo(Path.Combine(_path, "visits", name)).Length, 1, 2000));
    }

    [Fact]
    public async Task AddAsync_ClockThatWasSetBack_StillSortsTheFilesByAge()
    {
        await using var log = new VisitLog(CrawlFolder.Create(_path), new() { MaxVisitFileBytes = 1 }, _clock);
        await File.WriteAllTextAsync(Path.Combine(_path, "visits", "1796040007.jsonl"), "{}\n", Cancellation);
        for (var i = 0; i < 3; i++)
            await log.AddAsync(CrawlGen.Visit(), Cancellation);
        Assert.Null(await log.CloseAsync());
        Assert.Equal(["1796040007.jsonl", "1796040008.jsonl", "1796040009.jsonl", "1796040010.jsonl"], Names("visits"));
    }

    [Fact]
    public async Task EndRoundAsync_Nodes_WritesSnapshotAndSummaryAndZone()
    {
        var zone = new ZoneSettings { Path = Path.Combine(_path, "seed.zone"), Name = "seed.example.org", NameServer = "ns.example.org" };
        var output = await OpenAsync(zone: zone);
        await using (output)
        {
            await output.AddAsync(CrawlGen.Failure(), Cancellation);
            var result = await EndAsync(output, CrawlGen.Start, CrawlGen.Node(1), CrawlGen.Node(2), CrawlGen.Node("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333"));
            Assert.Empty(result.Problems);
            Assert.Equal((3, 0.3), (result.Summary.Reachable, result.Summary.Share));
            Assert.Equal([new("tcp timeout", 1)], result.Summary.Failures);
            Assert.Equal(new ZoneItem("seed.example.org", 1796040000, 2, 7, 14), result.Summary.Zone);
        }

        Assert.True(File.Exists(zone.Path));
        Assert.Equal(3, JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(_path, "snapshots", "1796040000.json"), Cancellation)).GetArrayLength());
        var summary = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(_path, "summaries", "1796040000.json"), Cancellation));
        Assert.Equal("ipv4 onion", string.Join(' ', summary.GetProperty("networks").EnumerateArray().Select(static item => item.GetProperty("name").GetString())));
    }

    /// <summary>As bitnodes' rows have the time since which it is connected.</summary>
    [Fact]
    public async Task EndRoundAsync_NodeThatStays_KeepsItsTimeAlsoAfterARestart()
    {
        await using (var output = await OpenAsync())
        {
            await EndAsync(output, CrawlGen.Start, CrawlGen.Node(1), CrawlGen.Node(2));
            await EndAsync(output, CrawlGen.Start.AddMinutes(5), CrawlGen.Node(2, time: CrawlGen.Start.AddMinutes(4)));
        }

        await using (var output = await OpenAsync())
            await EndAsync(output, CrawlGen.Start.AddMinutes(10), CrawlGen.Node(1, time: CrawlGen.Start.AddMinutes(9)), CrawlGen.Node(2, time: CrawlGen.Start.AddMinutes(9)));

        var times = Snapshot.ReadTimes(await File.ReadAllBytesAsync(Path.Combine(_path, "snapshots", "1796040600.json"), Cancellation)).ToDictionary();
        Assert.Equal(CrawlGen.Start.AddMinutes(9), times[CrawlGen.Node(1).EndPoint]);
        Assert.Equal(CrawlGen.Start, times[CrawlGen.Node(2).EndPoint]);
    }

    [Fact]
    public async Task EndRoundAsync_ManyRounds_KeepsTheLast()
    {
        await using var output = await OpenAsync(new CrawlFolderLimits { MaxSnapshots = 2, MaxSummaries = 3 });
        for (var i = 0; i < 5; i++)
            await EndAsync(output, CrawlGen.Start.AddSeconds(i), CrawlGen.Node(1));
        Assert.Equal(["1796040003.json", "1796040004.json"], Names("snapshots"));
        Assert.Equal(["1796040002.json", "1796040003.json", "1796040004.json"], Names("summaries"));
    }

    [Fact]
    public async Task EndRoundAsync_FolderThatIsGone_SaysSoAndGoesOn()
    {
        await using var output = await OpenAsync();
        foreach (var folder in (string[])["visits", "snapshots", "summaries"])
            Directory.Delete(Path.Combine(_path, folder));
        await output.AddAsync(CrawlGen.Visit(), Cancellation);
        await output.AddAsync(CrawlGen.Visit(), Cancellation);

        var problems = (await EndAsync(output, CrawlGen.Start, CrawlGen.Node(1))).Problems;

        Assert.Equal(2, problems.Count);
        Assert.StartsWith("2 visits could not be written: ", problems[0], StringComparison.Ordinal);
        Assert.StartsWith("can't write the snapshot of round", problems[1], StringComparison.Ordinal);
        Assert.Null(await output.CloseAsync()); // Each is told once.
    }

    /// <summary>A stop in a round, which no end of the round tells.</summary>
    [Fact]
    public async Task CloseAsync_VisitsThatCouldNotBeWritten_SaysSo()
    {
        await using var output = await OpenAsync();
        Directory.Delete(Path.Combine(_path, "visits"));
        await output.AddAsync(CrawlGen.Visit(), Cancellation);
        Assert.StartsWith("1 visits could not be written: ", await output.CloseAsync(), StringComparison.Ordinal);
    }

    /// <summary>A disk that is full for a while: every line after it is whole.</summary>
    [Fact]
    public async Task AddAsync_AfterAFailure_GoesOnInANewFile()
    {
        var output = await OpenAsync();
        await using (output)
        {
            var (visits, away) = (Path.Combine(_path, "visits"), Path.Combine(_path, "away"));
            Directory.Move(visits, away);
            await output.AddAsync(CrawlGen.Visit(), Cancellation);
            Assert.StartsWith("1 visits could not be written: ", Assert.Single((await EndAsync(output, CrawlGen.Start, CrawlGen.Node(1))).Problems), StringComparison.Ordinal);
            Directory.Move(away, visits);
            await output.AddAsync(CrawlGen.Visit(), Cancellation);
            Assert.Empty((await EndAsync(output, CrawlGen.Start.AddSeconds(1), CrawlGen.Node(1))).Problems);
        }

        Assert.Single(await ReadVisitsAsync(Assert.Single(Names("visits"))));
    }

    /// <summary>A write fails, perhaps in the middle of a line: the next line begins a file, in the same round.</summary>
    [Fact]
    public async Task AddAsync_WriteFails_TheNextLineIsInANewFile()
    {
        var folder = CrawlFolder.Create(_path);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var created = 0;
        var log = new VisitLog(folder, new(), TimeProvider.System, time =>
            ++created == 1 ? new FailingFile(Path.Combine(_path, "failing"), failed) : folder.CreateVisits(time));
        await using (log)
        {
            await log.AddAsync(CrawlGen.Visit(), Cancellation);
            await failed.Task;
            await log.AddAsync(CrawlGen.Visit(), Cancellation);
            Assert.Equal("1 visits could not be written: the disk is full", await log.EndRoundAsync(Cancellation));
        }

        Assert.Equal(2, created);
        Assert.Single(await ReadVisitsAsync(Assert.Single(Names("visits"))));
    }

    /// <summary>In a fleet another process may end the rounds.</summary>
    [Fact]
    public async Task AddAsync_VisitOfTheNextRound_BeginsAFile()
    {
        var output = await OpenAsync();
        await using (output)
        {
            await output.AddAsync(CrawlGen.Visit(), Cancellation);
            await output.AddAsync(CrawlGen.Visit() with { Round = 4 }, Cancellation);
            await output.AddAsync(CrawlGen.Visit() with { Round = 4 }, Cancellation);
        }

        Assert.Equal(["1796040000.jsonl", "1796040001.jsonl"], Names("visits"));
        Assert.Single(await ReadVisitsAsync("1796040000.jsonl"));
    }

    /// <summary>A fault of the program must neither hang the crawl nor pass unnoticed.</summary>
    [Fact]
    public async Task AddAsync_FaultThatNoFileCauses_IsThrownToTheCallers()
    {
        await using var log = new VisitLog(CrawlFolder.Create(_path), new(), new FaultyClock());
        var fault = await Assert.ThrowsAsync<ChannelClosedException>(async () =>
        {
            await log.AddAsync(CrawlGen.Visit(), Cancellation);
            await log.EndRoundAsync(Cancellation);
        });
        Assert.IsType<NotSupportedException>(fault.InnerException);
        await Assert.ThrowsAsync<ChannelClosedException>(async () => await log.AddAsync(CrawlGen.Visit(), Cancellation));
        Assert.StartsWith("1 visits could not be written: ", await log.CloseAsync(), StringComparison.Ordinal);
    }

    private static Task<CrawlResult> EndAsync(CrawlOutput output, DateTimeOffset ended, params CrawledNode[] nodes) =>
        output.EndRoundAsync(CrawlGen.Round(1, ended), CrawlGen.Records(nodes, Cancellation), Cancellation);

    private Task<CrawlOutput> OpenAsync(CrawlFolderLimits? limits = null, ZoneSettings? zone = null) => CrawlOutput.OpenAsync(
        new CrawlOutputSettings
        {
            Chain = ChainParameters.Mainnet,
            Folder = CrawlFolder.Create(_path),
            Limits = limits ?? new(),
            Zone = zone,
            Random = new Random(1),
            TimeProvider = _clock,
        },
        Cancellation);

    private sealed class FailingFile(string path, TaskCompletionSource failed) : FileStream(path, FileMode.Create, FileAccess.Write)
    {
        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            failed.TrySetResult();
            throw new IOException("the disk is full");
        }
    }

    private sealed class FaultyClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new NotSupportedException();
    }

    private string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(_path, folder)).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private Task<string[]> ReadVisitsAsync(string name) => File.ReadAllLinesAsync(Path.Combine(_path, "visits", name), Cancellation);
}
