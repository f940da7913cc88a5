using System.Text;
using System.Text.Json;

namespace Connmgr.Tool.Tests.Crawl.Output;

public sealed class SnapshotTests
{
    /// <summary>The columns of bitnodes' exports, in their order, as its seeder and others read them.</summary>
    [Fact]
    public void Write_Nodes_HasBitnodesColumns()
    {
        CrawledNode[] nodes = [CrawlGen.Node("1.2.3.4:8333", agent: "/<b>\"hostile\"/"), CrawlGen.Node("[2a01:4f8::6]:8334", height: -1)];
        var json = Encoding.UTF8.GetString(Snapshot.Write(nodes, static node => node.Time.AddHours(-2), map: null).Span);

        var rows = JsonElement.Parse(json);
        Assert.Equal(
            $"1.2.3.4|8333|70016|/<b>\"hostile\"/|{CrawlGen.Start.AddHours(-2).ToUnixTimeSeconds()}|3081|900000||||||||",
            string.Join('|', rows[0].EnumerateArray()));
        Assert.Equal("2a01:4f8::6", rows[1][0].GetString());
        Assert.Equal(-1, rows[1][6].GetInt32());
        Assert.All(rows.EnumerateArray(), static row => Assert.Equal(15, row.GetArrayLength()));
        Assert.DoesNotContain("<b>", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Map_AddsAutonomousSystems()
    {
        var rows = JsonElement.Parse(Snapshot.Write([CrawlGen.Node("1.2.3.4:8333")], static node => node.Time, CrawlMap.OneSystem).Span);
        Assert.Equal("AS64496", rows[0][13].GetString());
    }

    [Fact]
    public void ReadTimes_WrittenSnapshot_GetsThemBack()
    {
        CrawledNode[] nodes = [CrawlGen.Node(1), CrawlGen.Node("[2a01:4f8::6]:8334"), CrawlGen.Node("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333")];
        var times = Snapshot.ReadTimes(Snapshot.Write(nodes, static node => node.Time, map: null)).ToDictionary();
        Assert.Equal(nodes.Select(static node => node.EndPoint).ToHashSet(), times.Keys.ToHashSet());
        Assert.All(times.Values, static time => Assert.Equal(CrawlGen.Start, time));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1, [], [1,2,3,4,5], [\"x\",1,1,\"\",1], [\"1.2.3.4\",\"8333\",1,\"\",1], [\"1.2.3.4\",8333,1,\"\",-1], [\"1.2.3.4\",70000,1,\"\",1]]")]
    public void ReadTimes_RowsInAnotherForm_ArePassedOver(string json) => Assert.Empty(Snapshot.ReadTimes(Encoding.UTF8.GetBytes(json)));

    /// <summary>The file of another program, or a damaged one, must not end a crawl. Found by fuzzing.</summary>
    [Fact]
    public void ReadTimes_AddressThatIsNoText_IsPassedOver() =>
        Assert.Single(Snapshot.ReadTimes((byte[])[.. "[[\"1.2.3.4"u8, 0xd4, .. "\",8333,1,\"\",1],[\"1.2.3.4\",8333,1,\"\",1]]"u8]));
}
