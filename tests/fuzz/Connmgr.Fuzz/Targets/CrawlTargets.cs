using System.Text.Json;
using Connmgr.Tool;

namespace Connmgr.Fuzz;

/// <summary>The files of a crawl, and the record of a node.</summary>
internal static class CrawlTargets
{
    private static readonly NetworkEndPoint EndPoint = NetworkEndPoint.Parse("1.2.3.4:8333");

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new()
        {
            Name = "uptimes.dat",
            Reads = "the uptimes of a crawl",
            Prepare = FileTargets.Seal,
            Read = ReadUptimes,
            Check = CheckUptimes,
            IsDocumented = FileTargets.IsRefusal,
            MemoryPerByte = 16,
            MemoryReason = "an entry of 100 bytes is 400 in memory, in a table that grows",
        },
        new()
        {
            Name = "summary.json",
            Reads = "the summary of a round of a crawl",
            Read = static input => CrawlReport.Parse(input.Span),
            Check = static summary => FuzzFailure.Unless(CrawlReport.GetLists((CrawlSummary)summary).All(static list => list.Title.Length > 0) && CrawlReport.GetTime((CrawlSummary)summary).Year > 0, "a summary has titles and a time"),
            MemoryPerByte = 32,
            MemoryConstant = 32 * 1024,
            MemoryReason = "a count of 20 bytes becomes two objects, and is made safe",
        },
        new()
        {
            Name = "snapshot.json",
            Reads = "the snapshot of a round of a crawl",
            Read = static input => Snapshot.ReadTimes(input).ToList() is { Count: > 0 } times ? times : null,
            IsDocumented = static exception => exception is JsonException,
            MemoryPerByte = 32,
            MemoryConstant = 32 * 1024,
            MemoryReason = "a document of JSON has 12 bytes for each token, of one or two",
        },
        new() { Name = "node-record", Reads = "the record of a crawled node", Read = static input => CrawledNode.Decode(EndPoint, input.Span), Check = CheckNode, MemoryConstant = 16 * 1024, MemoryReason = "its name is made safe letter by letter" },
    ];

    private static Uptimes ReadUptimes(ReadOnlyMemory<byte> input)
    {
        var scores = new NodeScores(ChainParameters.Regtest.DefaultPort);
        return new Uptimes(scores, NodeScoresFile.Read("uptimes.dat", input.Span, ChainParameters.Regtest.Magic.AsSpan(), scores));
    }

    private static void CheckUptimes(object result)
    {
        var (scores, serial) = (Uptimes)result;
        var file = NodeScoresFile.Write(scores, serial, ChainParameters.Regtest.Magic.AsSpan());
        var again = new NodeScores(ChainParameters.Regtest.DefaultPort);
        FuzzFailure.Unless(NodeScoresFile.Read("uptimes.dat", file.Span, ChainParameters.Regtest.Magic.AsSpan(), again) == serial && again.Count == scores.Count, "uptimes that are written again are the same");
    }

    private static void CheckNode(object result)
    {
        var node = (CrawledNode)result;
        var record = node.Encode();
        FuzzFailure.Unless(record.Length <= CrawledNode.MaxLength, "a record is not too long");
        FuzzFailure.Unless(CrawledNode.Decode(EndPoint, record.Span) == node, "a node that is encoded again is the same");
    }

    private sealed record Uptimes(NodeScores Scores, uint Serial);
}
