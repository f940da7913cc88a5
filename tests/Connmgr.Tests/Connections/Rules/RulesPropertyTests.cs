namespace Connmgr.Tests.Connections.Rules;

/// <summary>
/// The invariants of the rules over random sequences of events. A failure names its seed; the environment variable CONNMGR_SEED replays that one alone.
/// </summary>
public class RulesPropertyTests
{
    private static readonly int Sequences = Effort.Of(6_000);
    private const int Events = 200;

    [Fact]
    public void Rules_AnySequenceOfEvents_KeepTheInvariants()
    {
        var pairs = new PairCounter();
        if (int.TryParse(Environment.GetEnvironmentVariable("CONNMGR_SEED"), out var only))
        {
            new RulesWorld(only, pairs).Run(Events);
            return;
        }

        // Without a limit it takes every thread that the pool has or makes, and other tests stand still.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(1, Sequences + 1, parallel, seed => Run(seed, pairs));

        TestContext.Current.TestOutputHelper?.WriteLine($"Seeds 1 to {Sequences}, {Events} events each.");
        TestContext.Current.TestOutputHelper?.WriteLine($"By the number of groups:\n{pairs}");
        Assert.True(!pairs.Rarer(than: 15).Any(), $"Hardly reached: {string.Join(", ", pairs.Rarer(than: 15))}.");
    }

    private static void Run(int seed, PairCounter pairs)
    {
        try
        {
            new RulesWorld(seed, pairs).Run(Events);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}: {exception.Message} (replay with CONNMGR_SEED={seed})", exception);
        }
    }
}
