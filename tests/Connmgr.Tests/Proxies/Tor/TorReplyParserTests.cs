using System.Collections.Concurrent;
using System.Text;
using CsCheck;

namespace Connmgr.Tests.Proxies;

public class TorReplyParserTests
{
    private const string Sample =
        "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n650 HS_DESC UPLOADED x\r\n250+circuit-status=\r\n1 BUILT\r\n..dot\r\n.\r\n250 OK\r\n515 no\n";

    [Fact]
    public void Push_InAnySplit_GivesTheSameReplies()
    {
        var whole = Describe(Parse([Encoding.Latin1.GetBytes(Sample)]));
        Assert.Equal("250 PROTOCOLINFO 1|AUTH METHODS=NULL|OK;650 HS_DESC UPLOADED x;250 circuit-status=|1 BUILT|.dot|OK;515 no", whole);

        Gen.Int[1, 9].Array[1, 9].Sample(pieces => Assert.Equal(whole, Describe(Parse(Split(Encoding.Latin1.GetBytes(Sample), pieces)))), iter: 2_000);
    }

    [Fact]
    public void Push_OfPartOfALine_GivesNothing_T59()
    {
        var parser = new TorReplyParser();
        parser.Push("250 OK"u8);
        Assert.False(parser.TryTake(out _));
        parser.Push("\r"u8);
        Assert.False(parser.TryTake(out _));
        parser.Push("\n"u8);
        Assert.True(parser.TryTake(out _));
    }

    [Theory]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    public void Push_OfLongLine_TakesUpTo100000_T59(int length, bool isTaken)
    {
        foreach (var piece in new[] { 1, 4096, 200_000 })
        {
            var line = Encoding.Latin1.GetBytes("250 " + new string('a', length - 4));
            Assert.Equal(isTaken, Takes(Split([.. line, .. "\r\n"u8], [piece])));
            Assert.Equal(isTaken, Takes(Split([.. line, .. "\n"u8], [piece])));
            if (!isTaken)
                Assert.False(Takes(Split([.. line, (byte)'a'], [piece])), "it waits for the end of a line that is too long");
        }
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public void Push_OfManyLines_TakesUpTo1000_T59(int count, bool isTaken)
    {
        var lines = string.Concat(Enumerable.Repeat("250-a\r\n", count - 1)) + "250 OK\r\n";
        Assert.Equal(isTaken, Takes([Encoding.Latin1.GetBytes(lines)]));

        var data = "250+a=\r\n" + string.Concat(Enumerable.Repeat("x\r\n", count - 2)) + ".\r\n250 OK\r\n";
        Assert.Equal(isTaken, Takes([Encoding.Latin1.GetBytes(data)]));
    }

    [Fact]
    public void Push_OfManyLongLines_IsBounded()
    {
        var line = Encoding.Latin1.GetBytes("250-" + new string('a', 90_000) + "\r\n");

        Assert.Throws<TorControlException>(() => Parse(Enumerable.Repeat(line, 12)));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("25\r\n")]
    [InlineData("250OK\r\n")]
    [InlineData("2 0 OK\r\n")]
    [InlineData("-25 OK\r\n")]
    [InlineData("HTTP/1.1 400\r\n")]
    [InlineData("250-a\r\n251 b\r\n")]
    public void Push_OfWhatIsNoReply_Throws(string text) => Assert.Throws<TorControlException>(() => Parse([Encoding.Latin1.GetBytes(text)]));

    [Fact]
    public void Push_OfAnyBytes_ThrowsNothingElse()
    {
        var seen = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var part = Gen.OneOf(Gen.Const("250 "), Gen.Const("250-"), Gen.Const("250+"), Gen.Const("\r\n"), Gen.Const(".\r\n"), Gen.String[0, 5]);
        Gen.Select(part.Array[0, 12], Gen.Int[1, 5].Array[1, 5]).Sample(
            (parts, pieces) =>
            {
                try
                {
                    var replies = Parse(Split(Encoding.Latin1.GetBytes(string.Concat(parts)), pieces));
                    seen.AddOrUpdate(replies.Count == 0 ? "none" : "some", 1, static (_, n) => n + 1);
                }
                catch (TorControlException)
                {
                    seen.AddOrUpdate("refused", 1, static (_, n) => n + 1);
                }
            },
            iter: 20_000);

        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public void TrySplit_OfWordsAndQuotes_ReadsThem()
    {
        Assert.True(TorReplyText.TrySplit("AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"/a b/\\\"c\\\\\\101\\n\" \"x\" y=", out var words));
        Assert.Equal(
            [("AUTH", null), ("METHODS", "COOKIE,SAFECOOKIE"), ("COOKIEFILE", "/a b/\"c\\A\n"), ("", "x"), ("y", "")],
            words);
        Assert.False(TorReplyText.TrySplit("a=\"b", out _));
        Assert.False(TorReplyText.TrySplit("a=\"b\\", out _));
    }

    [Fact]
    public void TrySplit_OfWhatQuoteWrote_GivesItBack_AndNothingThrows() => Gen.String.Sample(text =>
    {
        TorReplyText.TrySplit(text, out _);
        Assert.True(TorReplyText.TrySplit("k=" + TorReplyText.Quote(text), out var words));
        Assert.Equal([("k", text)], words);
    });

    private static bool Takes(IEnumerable<byte[]> pieces)
    {
        try
        {
            return Parse(pieces).Count == 1;
        }
        catch (TorControlException)
        {
            return false;
        }
    }

    private static List<TorReply> Parse(IEnumerable<byte[]> pieces)
    {
        var parser = new TorReplyParser();
        var replies = new List<TorReply>();
        foreach (var piece in pieces)
        {
            parser.Push(piece);
            while (parser.TryTake(out var reply))
                replies.Add(reply);
        }

        return replies;
    }

    private static IEnumerable<byte[]> Split(byte[] bytes, int[] pieces)
    {
        for (int start = 0, i = 0; start < bytes.Length; i++)
        {
            var end = Math.Min(bytes.Length, start + pieces[i % pieces.Length]);
            yield return bytes[start..end];
            start = end;
        }
    }

    private static string Describe(IEnumerable<TorReply> replies) =>
        string.Join(';', replies.Select(reply => $"{reply.Status} {string.Join('|', reply.Lines)}"));
}
