using System.Text;

namespace Connmgr.Fuzz.Tests;

/// <summary>The oracle and the changes: a rule that is broken is found, and a seed gives the same inputs again.</summary>
public sealed class EngineTests
{
    private static readonly byte[][] Seeds = [[.. "a12b"u8], [.. "the other one"u8], []];

    [Fact]
    public void Check_ExceptionThatIsNotDocumented_Fails() =>
        Assert.Contains("not documented", Fail(static _ => throw new InvalidOperationException("x")), StringComparison.Ordinal);

    [Fact]
    public void Check_DocumentedException_IsARefusal()
    {
        var oracle = new Oracle(Target(static _ => throw new FormatException()));

        Assert.False(oracle.Check(new byte[1]));
        Assert.Equal((0, 1), (oracle.Taken, oracle.Refused));
    }

    [Fact]
    public void Check_MoreMemoryThanItsInput_Fails() =>
        Assert.Contains("allocates", Fail(static input => new byte[FuzzTarget.DefaultConstant + (5 * input.Length)]), StringComparison.Ordinal);

    [Fact]
    public void Check_MemoryOfTheFirstTimeAlone_DoesNotCount()
    {
        var isFirst = true;
        var oracle = new Oracle(Target(_ => isFirst ? (isFirst = false, new byte[1 << 20]) : string.Empty));

        Assert.True(oracle.Check(new byte[1]));
    }

    [Fact]
    public void Check_PromiseThatDoesNotHold_Fails()
    {
        var target = Target(static _ => string.Empty) with { Check = static _ => FuzzFailure.Unless(condition: false, "it holds") };

        Assert.Contains("it holds", Assert.Throws<FuzzFailure>(() => new Oracle(target).Check(new byte[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutate_SameSeed_SameInputs() => Assert.Equal(Mutate(seed: 7), Mutate(seed: 7));

    [Fact]
    public void Mutate_AnotherSeed_OtherInputs() => Assert.NotEqual(Mutate(seed: 7), Mutate(seed: 8));

    [Fact]
    public void Mutate_AnyInput_IsNotTooLong() => Assert.All(Mutate(seed: 3, maxLength: 16), static input => Assert.InRange(input.Length, 0, 2 * 16));

    [Fact]
    public void ReadDictionary_EachTarget_HasWords()
    {
        var corpus = Corpus.Find();

        Assert.All(FuzzTargets.All.Where(static target => target.Name is not ("feature" or "reject")), target => Assert.NotEmpty(corpus.ReadDictionary(target.Name)));
        Assert.Contains(corpus.ReadDictionary("tor"), static word => word.AsSpan().SequenceEqual("\r\n.\r\n"u8));
    }

    private static List<string> Mutate(int seed, int maxLength = 1024)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, [[.. "word"u8]], maxLength);
        return [.. Enumerable.Range(0, 500).Select(_ => Convert.ToHexString(mutator.Mutate(Seeds[random.Next(Seeds.Length)], Seeds[random.Next(Seeds.Length)]).Span))];
    }

    private static string Fail(Func<ReadOnlyMemory<byte>, object?> read) => Assert.Throws<FuzzFailure>(() => new Oracle(Target(read)).Check(Encoding.ASCII.GetBytes("input"))).Message;

    private static FuzzTarget Target(Func<ReadOnlyMemory<byte>, object?> read) =>
        new() { Name = "x", Reads = "x", Read = read, IsDocumented = static exception => exception is FormatException };
}
