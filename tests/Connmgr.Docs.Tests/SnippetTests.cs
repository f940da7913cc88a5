namespace Connmgr.Docs.Tests;

public class SnippetTests
{
    private static readonly string[] Source =
    [
        "using A;", "// snippet: one", "", "    first();", "        deeper();", "// end", "hidden();", "// snippet: two", "other();", "// end", "// snippet: one", "",
        "    last();  ", "    // end",
    ];

    [Fact]
    public void Take_SnippetInParts_JoinsThemWithoutIndentation() =>
        Assert.Equal(["first();", "    deeper();", "", "last();"], Snippet.Take(Source, "one"));

    [Fact]
    public void Take_SnippetThatIsNotThereOrDoesNotEnd_IsAnError()
    {
        Assert.Throws<InvalidDataException>(() => Snippet.Take(Source, "three"));
        Assert.Throws<InvalidDataException>(() => Snippet.Take(["// snippet: one", "code"], "one"));
        Assert.Throws<InvalidDataException>(() => Snippet.Take(["// snippet: one", "// snippet: two", "// end"], "one"));
    }

    [Fact]
    public void Fill_OldCode_IsReplacedAndTheRestKept()
    {
        string[] page = ["# Title", "```sh", "ls", "```", "```csharp a.cs#two", "old", "```", "text"];

        Assert.Equal(["# Title", "```sh", "ls", "```", "```csharp a.cs#two", "other();", "```", "text"], Page.Fill(page, _ => Source));
    }

    [Theory]
    [InlineData("```csharp")]
    [InlineData("```cs")]
    [InlineData("```csharp a.cs")]
    [InlineData("```csharp a.cs#three")]
    [InlineData("```fsharp")]
    [InlineData("```fsharp a.cs#three")]
    public void Fill_FenceWithoutSource_IsAnError(string fence) =>
        Assert.Throws<InvalidDataException>(() => Page.Fill([fence, "code", "```"], _ => Source));

    [Fact]
    public void Fill_FenceThatDoesNotEnd_IsAnError() => Assert.Throws<InvalidDataException>(() => Page.Fill(["```sh", "ls"], _ => Source));
}
