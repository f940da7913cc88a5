using System.Globalization;

namespace Connmgr.Fuzz.Tests;

/// <summary>
/// Gives each reader of untrusted bytes the inputs of its corpus and some changed ones. <c>bash eng/fuzz.sh</c> gives it more, guided by the branches that they take.
/// </summary>
public sealed class TargetTests(ITestOutputHelper output)
{
    /// <summary>The changed inputs for each target.</summary>
    private const int Inputs = 500;

    private const int Seed = 1;

    private static readonly Corpus Corpus = Corpus.Find();

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(static target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_CorpusAndChangedInputs_KeepsItsRules(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var (oracle, corpus) = (new Oracle(target), Corpus.Read(name));
        foreach (var input in corpus)
            Check(oracle, input, "of the corpus");
        var random = new Random(Seed);
        var mutator = new Mutator(random, Corpus.ReadDictionary(name), Math.Min(target.MaxLength, 4096));
        for (var i = 0; i < Effort.Of(Inputs); i++)
            Check(oracle, mutator.Mutate(corpus[random.Next(corpus.Count)], corpus[random.Next(corpus.Count)]), string.Create(CultureInfo.InvariantCulture, $"number {i}"));

        output.WriteLine($"{oracle.Taken} taken, {oracle.Refused} refused");
        Assert.True(oracle.Refused > 0, "Nothing was refused: the inputs are not damaged.");
        Assert.True(oracle.Taken > 0, "Nothing was taken: the inputs are too damaged to get anywhere.");
    }

    [Fact]
    public void Corpus_OfEachTarget_IsSmall()
    {
        Assert.All(FuzzTargets.All, static target => Assert.InRange(Corpus.Read(target.Name).Count, 1, 60));
        Assert.Equal(
            FuzzTargets.All.Select(static target => target.Name).Order(StringComparer.Ordinal),
            Directory.GetDirectories(Path.GetDirectoryName(Corpus.GetFolder("x"))!).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Target_WithMoreMemoryThanOthers_HasAReason() => Assert.All(
        FuzzTargets.All, static target => Assert.Equal(target.MemoryReason is not null, target.MemoryPerByte > 4 || target.MemoryConstant > FuzzTarget.DefaultConstant));

    private static void Check(Oracle oracle, ReadOnlyMemory<byte> input, string which)
    {
        try
        {
            oracle.Check(input);
        }
        catch (FuzzFailure failure)
        {
            throw new InvalidOperationException($"Input {which} ({Convert.ToHexStringLower(input.Span)}): {failure.Message}", failure);
        }
    }
}
