namespace Connmgr.Scenarios.Tests;

public class FigureTableTests
{
    [Fact]
    public void Lines_OddNumberOfRuns_TellMedianLeastAndGreatest() =>
        Assert.Equal(["fill 2.5 ms min=1 max=30 n=3"], Lines("fill 30 ms", "fill 1 ms", "fill 2.5 ms"), StringComparer.Ordinal);

    [Fact]
    public void Lines_EvenNumberOfRuns_TellTheMiddleOfTheMiddleTwo() =>
        Assert.Equal(["fill 3 ms min=1 max=30 n=4"], Lines("fill 30 ms", "fill 1 ms", "fill 2 ms", "fill 4 ms"), StringComparer.Ordinal);

    [Fact]
    public void Lines_SeveralFigures_KeepTheirOrder() => Assert.Equal(
        ["fill 1 ms min=1 max=1 n=1", "fill_cpu 1.234E+05 ms min=1.234E+05 max=1.234E+05 n=1"],
        Lines("fill 1 ms", "fill_cpu 123400 ms"),
        StringComparer.OrdinalIgnoreCase);

    [Theory]
    [InlineData("")]
    [InlineData("Unhandled exception.")]
    [InlineData("fill fast ms")]
    public void AddLine_NoFigure_SaysWhatWasWritten(string line)
    {
        var exception = Assert.Throws<FormatException>(() => new FigureTable().AddLine(line));
        Assert.Contains($"'{line}'", exception.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Lines(params string[] lines)
    {
        var figures = new FigureTable();
        foreach (var line in lines)
            figures.AddLine(line);
        return figures.Lines;
    }
}
