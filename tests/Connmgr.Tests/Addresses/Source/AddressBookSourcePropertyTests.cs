namespace Connmgr.Tests.Addresses;

public sealed class AddressBookSourcePropertyTests
{
    private static readonly int Sequences = Effort.Of(600);
    private const int Events = 120;

    private static readonly string[] Expected =
    [
        "anchor", "anchor dropped", "anchor that waits", "bad port", "counted failure", "failure", "failure while offline", "good port", "groups", "none", "not tried lately",
        "nothing is allowed", "one group for all", "something is allowed", "test of a new one", "test of a tried one", "tried lately",
    ];

    [Fact]
    public void Source_AnyBookAndOutcomes_GivesNothingForbiddenAndFindsWhatIsAllowed()
    {
        var reached = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = 1; seed <= Sequences; seed++)
        {
            try
            {
                new SourceWorld(seed, reached).Run(Events);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}", exception);
            }
        }

        Assert.All(Expected, state => Assert.True(reached.GetValueOrDefault(state) >= 8, $"'{state}' was met {reached.GetValueOrDefault(state)} times."));
    }
}
