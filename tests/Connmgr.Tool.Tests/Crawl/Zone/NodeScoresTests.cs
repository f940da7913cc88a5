namespace Connmgr.Tool.Tests.Crawl.Zone;

public sealed class NodeScoresTests(ITestOutputHelper output)
{
    private static readonly ReadOnlyMemory<byte> Magic = ChainParameters.Mainnet.Magic.AsMemory();

    [Fact]
    public void AddRound_NodesThatNoZoneCanContain_AreNotKept()
    {
        var scores = new NodeScores(8333);
        scores.AddRound(
            [
                CrawlGen.Node("1.2.3.4:8333"), CrawlGen.Node("[2a01:4f8::6]:8333"), CrawlGen.Node("1.2.3.5:8334"), CrawlGen.Node("10.0.0.1:8333"),
                CrawlGen.Node("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333"),
                CrawlGen.Node("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0"),
            ],
            CrawlGen.Start);
        Assert.Equal(
            [NetworkEndPoint.Parse("1.2.3.4:8333"), NetworkEndPoint.Parse("[2a01:4f8::6]:8333")], scores.All.Select(static pair => pair.Key).OrderBy(static endPoint => endPoint.Address.Network));
    }

    [Fact]
    public void AddRound_NodeThatIsNotReached_GetsASampleThatItIsDown()
    {
        var (scores, now) = (new NodeScores(8333), CrawlGen.Start);
        CrawledNode[] both = [CrawlGen.Node(1), CrawlGen.Node(2)];
        scores.AddRound(both, now);
        for (var i = 1; i <= 3; i++)
            scores.AddRound(both[..1], now.AddMinutes(20 * i));

        Assert.Equal(both[..1], scores.SelectGood(both));
        var down = scores.All.Single(pair => pair.Key == both[1].EndPoint).Value;
        Assert.Equal((4, 1, false), (down.Samples, down.Ups, down.IsUp));
    }

    /// <summary>The network of the crawler may be down, and that is no fault of the nodes.</summary>
    [Fact]
    public void AddRound_NobodyReached_ChangesNothing()
    {
        var scores = new NodeScores(8333);
        scores.AddRound([CrawlGen.Node(1)], CrawlGen.Start);
        scores.AddRound([], CrawlGen.Start.AddMinutes(20));
        scores.AddRound([CrawlGen.Node("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333")], CrawlGen.Start.AddMinutes(40));
        Assert.Equal(1, Assert.Single(scores.All).Value.Samples);
    }

    /// <summary>One network of the crawler may be down, or nearly, and the other not.</summary>
    [Theory]
    [InlineData(4, true, 2)]
    [InlineData(3, false, 1)]
    [InlineData(0, false, 1)]
    public void AddRound_FewOfThoseUpBefore_ChangesNothingForTheirNetwork(int reached, bool isUsable, int samples)
    {
        var scores = new NodeScores(8333);
        CrawledNode[] nodes = [.. Enumerable.Range(0, 16).Select(static number => CrawlGen.Node(number))];
        var other = CrawlGen.Node("[2a01:4f8::6]:8333");
        Assert.True(scores.AddRound([.. nodes, other], CrawlGen.Start));

        Assert.Equal(isUsable, scores.AddRound([.. nodes[..reached], other], CrawlGen.Start.AddMinutes(20)));

        Assert.All(scores.All, pair => Assert.Equal(pair.Key == other.EndPoint ? 2 : samples, pair.Value.Samples));
    }

    /// <summary>Otherwise a network that has really shrunk would never be served again.</summary>
    [Fact]
    public void AddRound_FewForMoreThanADay_AreDown()
    {
        var scores = new NodeScores(8333);
        CrawledNode[] nodes = [.. Enumerable.Range(0, 16).Select(static number => CrawlGen.Node(number))];
        scores.AddRound(nodes, CrawlGen.Start);
        Assert.False(scores.AddRound(nodes[..1], CrawlGen.Start.AddDays(1)));
        Assert.True(scores.AddRound(nodes[..1], CrawlGen.Start.AddDays(1).AddSeconds(1)));
        Assert.Equal(1, scores.All.Count(static pair => pair.Value.IsUp));
    }

    [Fact]
    public void AddRound_MoreNodesThanTheBound_KeepsThoseThatWereUpLast()
    {
        var (scores, now) = (new NodeScores(8333), CrawlGen.Start);
        scores.AddRound(Many(0, 1000), now);
        scores.AddRound(Many(1000, NodeScores.MaxCount - 500), now.AddMinutes(20));
        scores.AddRound(Many(1000, NodeScores.MaxCount), now.AddMinutes(40));

        Assert.Equal(NodeScores.MaxCount, scores.Count);
        Assert.All(scores.All, static pair => Assert.True(pair.Value.IsUp));
    }

    [Fact]
    public void File_WrittenAndRead_HasTheSameScores()
    {
        var scores = new NodeScores(8333);
        for (var i = 0; i < 50; i++)
            scores.AddRound(Enumerable.Range(0, 40).Where(number => (number * i) % 7 < 4).Select(static number => CrawlGen.Node(number)).Append(CrawlGen.Node("[2a01:4f8::6]:8333")), CrawlGen.Start.AddMinutes(20 * i));
        var read = new NodeScores(8333);

        Assert.Equal(77u, NodeScoresFile.Read("file", NodeScoresFile.Write(scores, serial: 77, Magic.Span).Span, Magic.Span, read));

        Assert.Equal(scores.Count, read.Count);
        var all = read.All.ToDictionary();
        foreach (var (endPoint, score) in scores.All)
        {
            var other = all[endPoint];
            Assert.Equal((score.First, score.Last, score.LastUp, score.Samples, score.Ups), (other.First, other.Last, other.LastUp, other.Samples, other.Ups));
            Assert.All(score.Windows.Zip(other.Windows), static pair => Assert.Equal(pair.First.Reliability, pair.Second.Reliability, 1e-5));
            Assert.Equal(UptimeRules.IsGood(score), UptimeRules.IsGood(other));
        }
    }

    [Fact]
    public void Read_FileOfAnotherChainOrALaterVersion_IsRefused()
    {
        var bytes = NodeScoresFile.Write(new NodeScores(8333), serial: 1, Magic.Span).ToArray();
        var other = Assert.Throws<AddressFileException>(() => NodeScoresFile.Read("file", bytes, ChainParameters.Signet.Magic.AsSpan(), new NodeScores(8333)));
        Assert.Equal(AddressFileErrorCode.WrongMagic, other.Code);

        var later = new DiskWriter(64);
        later.WriteBytes(Magic.Span);
        later.WriteByte(2);
        SealedBytes.WriteChecksum(later);
        var version = Assert.Throws<AddressFileException>(() => NodeScoresFile.Read("file", later.Written.Span, Magic.Span, new NodeScores(8333)));
        Assert.Equal(AddressFileErrorCode.UnsupportedVersion, version.Code);
    }

    /// <summary>Each changes a field of the only entry, which begins at byte 21 with the times.</summary>
    [Theory]
    [InlineData(21, "ffffffff00000000", "contradict")] // First after last.
    [InlineData(37, "ffffffff00000000", "contradict")] // Up after the last sample.
    [InlineData(45, "00000000", "contradict")] // No sample.
    [InlineData(49, "02000000", "contradict")] // More ups than samples.
    [InlineData(29, "ffffffffffffffff", "the time -1")]
    [InlineData(53, "0000c03f", "the share 1.5")]
    [InlineData(57, "0000c0bf", "the share -1.5")]
    [InlineData(61, "0000c07f", "the share NaN")]
    public void Read_ContentThatCannotBe_IsRefused(int offset, string value, string fault)
    {
        var scores = new NodeScores(8333);
        scores.AddRound([CrawlGen.Node(1)], CrawlGen.Start);
        var bytes = NodeScoresFile.Write(scores, serial: 1, Magic.Span)[..^SealedBytes.ChecksumLength].ToArray();
        Convert.FromHexString(value).CopyTo(bytes, offset);
        var writer = new DiskWriter(bytes.Length + SealedBytes.ChecksumLength);
        writer.WriteBytes(bytes);
        SealedBytes.WriteChecksum(writer);

        var error = Assert.Throws<AddressFileException>(() => NodeScoresFile.Read("file", writer.Written.Span, Magic.Span, new NodeScores(8333)));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MutatedContent_IsReadOrRefused()
    {
        var scores = new NodeScores(8333);
        scores.AddRound([CrawlGen.Node(1), CrawlGen.Node(2), CrawlGen.Node("[2a01:4f8::6]:8333")], CrawlGen.Start);
        scores.AddRound([CrawlGen.Node(1)], CrawlGen.Start.AddMinutes(5));
        var content = NodeScoresFile.Write(scores, serial: 1, Magic.Span)[SealedBytes.MagicLength..^SealedBytes.ChecksumLength].ToArray();
        Mutations.Run(
            [content],
            static input =>
            {
                var writer = new DiskWriter(input.Length + 64);
                writer.WriteBytes(Magic.Span);
                writer.WriteBytes(input);
                SealedBytes.WriteChecksum(writer); // Otherwise each would be refused for its checksum.
                NodeScoresFile.Read("file", writer.Written.Span, Magic.Span, new NodeScores(8333));
                return true;
            },
            static exception => exception is AddressFileException,
            output.WriteLine);
    }

    private static IEnumerable<CrawledNode> Many(int from, int count) =>
        Enumerable.Range(from, count).Select(static i => CrawlGen.Node($"{20 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}.1:8333"));
}
