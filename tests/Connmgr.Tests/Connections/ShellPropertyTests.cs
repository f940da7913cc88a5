namespace Connmgr.Tests.Connections;

/// <summary>
/// The invariants of the manager around its rules, over random sequences pumped on one thread. A failure names its seed; the environment variable
/// CONNMGR_SEED replays that one alone.
/// </summary>
public class ShellPropertyTests
{
    private static readonly int Sequences = Effort.Of(1_000);
    private const int Events = 200;

    [Fact]
    public void Manager_AnyInterleaving_KeepsTheInvariants()
    {
        var pairs = new long[3, (int)ShellCall.Count];
        if (int.TryParse(Environment.GetEnvironmentVariable("CONNMGR_SEED"), out var only))
        {
            new ShellWorld(only, pairs).Run(Events);
            return;
        }

        for (var seed = 1; seed <= Sequences; seed++)
        {
            try
            {
                new ShellWorld(seed, pairs).Run(Events);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message} (replay with CONNMGR_SEED={seed})", exception);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seeds 1 to {Sequences}, {Events} events each.");
        Assert.Empty(ShellWorld.Rarer(pairs, than: 10));
    }
}
