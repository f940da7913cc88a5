using System.Text;
using CsCheck;

namespace Connmgr.Tests.Proxies;

public class SamReplyTests
{
    private static readonly Gen<string> Name = Gen.String[Gen.OneOf(Gen.Char['A', 'Z'], Gen.Const('_')), 1, 12];
    private static readonly Gen<string> Plain = Gen.String[Gen.Char['!', '~'].Where(static c => c is not '"'), 0, 30];
    private static readonly Gen<string> Any = Gen.String[Gen.Char[' ', '~'], 0, 30];

    /// <summary>Replies are built with values of both kinds and read back; the first of equal keys counts.</summary>
    [Fact]
    public void TryParse_OfAnyReply_GivesItsWordsAndValues()
    {
        int quoted = 0, repeated = 0;
        Gen.Select(Name, Name, Gen.Select(Name, Plain, Any, Gen.Bool).Array[0, 6], Gen.Int[1, 3]).Sample(
            (topic, kind, pairs, gap) =>
            {
                var space = new string(' ', gap);
                var line = new StringBuilder(topic).Append(space).Append(kind);
                var expected = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var (key, plain, any, isQuoted) in pairs)
                {
                    var text = isQuoted ? $"\"{any.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"" : plain;
                    line.Append(space).Append(key).Append('=').Append(text);
                    Interlocked.Add(ref quoted, isQuoted ? 1 : 0);
                    Interlocked.Add(ref repeated, expected.TryAdd(key, isQuoted ? any : plain) ? 0 : 1);
                }

                Assert.True(SamReply.TryParse(line.ToString(), out var reply), line.ToString());
                Assert.Equal((topic, kind), (reply.Topic, reply.Kind));
                Assert.All(expected, pair => Assert.Equal(pair.Value, reply[pair.Key]));
                Assert.Null(reply["no such key"]);
            },
            iter: 10_000);
        Assert.True(quoted > 1_000 && repeated > 10, $"{quoted} {repeated}");
    }

    /// <summary>A router could else make us allocate the rest of its line for each of its words, hundreds of megabytes for 64 kB.</summary>
    [Fact]
    public void TryParse_ManyQuotedValues_TakesMemoryForEachOnce()
    {
        var line = "HELLO REPLY" + string.Concat(Enumerable.Repeat(" a=\"b\"", 8_000));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(SamReply.TryParse(line, out var reply));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal("b", reply["a"]);
        Assert.InRange(allocated, 0, 100L * line.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("HELLO")]
    [InlineData("HELLO ")]
    [InlineData("RESULT=OK HELLO")]
    [InlineData("HELLO RESULT=OK")]
    public void TryParse_OfWhatIsNoReply_IsFalse(string line) => Assert.False(SamReply.TryParse(line, out _));

    [Theory]
    [InlineData("STREAM STATUS RESULT=I2P_ERROR MESSAGE=\"a \\\"b\\\" c\"", "I2P_ERROR (a \"b\" c)")]
    [InlineData("STREAM STATUS RESULT=I2P_ERROR MESSAGE=\"never closes", "I2P_ERROR (\"never)")]
    [InlineData("STREAM STATUS RESULT=\u001b[2J", "?[2J")]
    [InlineData("STREAM STATUS", "no result")]
    public void Shown_IsWhatPeopleCanRead(string line, string shown)
    {
        Assert.True(SamReply.TryParse(line, out var reply));
        Assert.Equal(shown, reply.Shown);
    }

    /// <summary>Whatever a router sends, there is a reply or none, and what is shown of it is bounded and printable.</summary>
    [Fact]
    public void TryParse_OfAnyText_ThrowsNothing() => Gen.String[Gen.OneOf(Gen.Char, Gen.OneOf(Gen.Const(' '), Gen.Const('='), Gen.Const('"'), Gen.Const('\\'), Gen.Const('A'))), 0, 600].Sample(
        line =>
        {
            if (!SamReply.TryParse(line, out var reply))
                return;
            Assert.False(string.IsNullOrEmpty(reply.Topic) || string.IsNullOrEmpty(reply.Kind));
            Assert.InRange(reply.Shown.Length, 0, 410);
            Assert.DoesNotContain(reply.Shown, char.IsControl);
        },
        iter: 10_000);
}
