using System.Text;

namespace Connmgr.Tool.Tests;

public class TextFileTests
{
    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void Of_AnyByteOrderMark_IsNoPartOfTheText(string encoding)
    {
        var other = Encoding.GetEncoding(encoding);

        var file = TextFile.From((byte[])[.. other.Preamble, .. other.GetBytes("é\n1.2.3.4")]);

        Assert.Equal("é\n1.2.3.4", file.ToString());
        Assert.Equal([new TextLine(1, "é"), new TextLine(2, "1.2.3.4")], file.Lines());
    }

    [Fact]
    public void Lines_RemarksAndEndsOfLines_AreLeftOut() => Assert.Equal(
        [new TextLine(1, "a b"), new TextLine(3, "c;d"), new TextLine(6, "e")],
        TextFile.From(" a b # c\r\n# d\n\tc;d\r\r\n \n e"u8.ToArray()).Lines());

    [Fact]
    public void Lines_OtherRemarks_AreLeftOutToo() => Assert.Equal(
        [new TextLine(1, "a"), new TextLine(2, "b"), new TextLine(4, "c")],
        TextFile.From("a ; b # c\nb # c ; d\n; e\nc"u8.ToArray()).Lines("#;"));

    [Theory]
    [InlineData("")]
    [InlineData("#")]
    [InlineData("\n\r\n \r")]
    public void Lines_NothingIsSaid_AreNone(string text) => Assert.Empty(TextFile.From(Encoding.UTF8.GetBytes(text)).Lines());

    [Fact]
    public void IsBinary_ZeroByte_IsTrue()
    {
        Assert.True(TextFile.From("a\0"u8.ToArray()).IsBinary);
        Assert.False(TextFile.From("a\u0001"u8.ToArray()).IsBinary);
    }
}
