using Connmgr.Bitcoin;
using CsCheck;

namespace Connmgr.Tool.Tests.Crawl.Output;

public sealed class CrawledNodeTests(ITestOutputHelper output)
{
    private static readonly NetworkEndPoint EndPoint = NetworkEndPoint.Parse("1.2.3.4:8333");

    [Fact]
    public void Encode_AnyNode_FitsIntoARecordAndIsDecoded() => Gen.Select(Gen.Int, Gen.ULong, Gen.Int, Gen.Int[0, int.MaxValue], Gen.Bool, Gen.Char[(char)0, (char)127].Array[0, 256]).Sample(
        static (version, services, height, milliseconds, isEncrypted, agent) =>
        {
            var node = new CrawledNode
            {
                EndPoint = EndPoint,
                Time = CrawlGen.Start,
                ProtocolVersion = version,
                Services = (NodeServices)services,
                Height = height,
                Milliseconds = milliseconds,
                IsEncrypted = isEncrypted,
                UserAgent = SafeText.Line(new string(agent)),
            };
            var record = node.Encode();
            Assert.InRange(record.Length, 1, 512);
            Assert.Equal(node, CrawledNode.Decode(EndPoint, record.Span));
        });

    [Fact]
    public void Encode_LongUserAgent_IsCutBetweenCharacters()
    {
        var record = CrawlGen.Node("1.2.3.4:8333", agent: new string('é', 256)).Encode();
        Assert.InRange(record.Length, 256, CrawledNode.MaxLength);
        Assert.Equal(new string('é', 128), CrawledNode.Decode(EndPoint, record.Span)!.UserAgent);
    }

    [Fact]
    public void From_Visit_TakesItsFacts()
    {
        Assert.Equal(CrawlGen.Node("1.2.3.4:8333") with { Milliseconds = 40 }, CrawledNode.From(CrawlGen.Visit()));
        Assert.Null(CrawledNode.From(CrawlGen.Failure()));
        Assert.True(CrawlOutput.CreateRecord(CrawlGen.Failure()).IsEmpty);
    }

    [Fact]
    public void Decode_MutatedRecord_IsReadOrRefused() => Mutations.Run(
        [CrawlGen.Node(1).Encode().ToArray(), CrawlGen.Node("1.2.3.4:8333", agent: string.Empty).Encode().ToArray()],
        static input => CrawledNode.Decode(EndPoint, input) is { } node && node.UserAgent.Length <= 256,
        static _ => false,
        output.WriteLine);
}
