using CsCheck;

namespace Connmgr.Bitcoin.Tests.Quality;

public class PeerRatingTests
{
    private static readonly Gen<PeerFacts> GenFacts = Gen.Select(
        Gen.Select(GenTime(10), GenTime(60), Gen.Double[0, 1e6]),
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 10_000], Gen.Long[0, 1000], Gen.Long[0, 1000]),
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[0, 20])).Select(static (times, counts, faults) => new PeerFacts
        {
            ShortestRoundTrip = times.Item1,
            ConnectTime = times.Item2,
            Stayed = TimeSpan.FromSeconds(times.Item3),
            UsefulBlocks = counts.Item1,
            UsefulTransactions = counts.Item2,
            RequestsAnswered = counts.Item3,
            RequestsTimedOut = counts.Item4,
            Misbehaviors = faults.Item1,
            QuarantineTimes = faults.Item2,
            FailedAttempts = faults.Item3,
        });

    [Fact]
    public void FromFacts_Nothing_IsZeroWithoutReasons()
    {
        var rating = PeerRating.FromFacts(new PeerFacts());
        Assert.Equal(0, rating.Value);
        Assert.Empty(rating.Reasons);
    }

    [Fact]
    public void FromFacts_Example_HasTheWeightsOfTheFormula() => Assert.Equal(
        "44.4: ping 16.0, connect 2.5, stayed 20.0, blocks 10.0, transactions 5.0, requests 20.9, misbehavior -10.0, quarantine -20.0",
        PeerRating.FromFacts(new PeerFacts
        {
            ShortestRoundTrip = TimeSpan.FromMilliseconds(50),
            ConnectTime = TimeSpan.FromMilliseconds(500),
            Stayed = TimeSpan.FromHours(5),
            UsefulBlocks = 5,
            UsefulTransactions = 50,
            RequestsAnswered = 40,
            RequestsTimedOut = 1,
            Misbehaviors = 1,
            QuarantineTimes = 2,
        }).ToString());

    [Fact]
    public void FromFacts_Always_IsTheSumOfItsReasonsAndBounded() => GenFacts.Sample(static facts =>
    {
        var rating = PeerRating.FromFacts(facts);
        Assert.Equal(rating.Reasons.Sum(static reason => reason.Weight), rating.Value, 9);
        Assert.InRange(rating.Value, -155, 105);
        Assert.Equal(rating.ToString(), PeerRating.FromFacts(facts with { }).ToString());
    });

    /// <summary>Checks that no better fact makes a rating worse.</summary>
    [Fact]
    public void FromFacts_ABetterFact_IsNeverAWorseRating() => GenFacts.Sample(static facts =>
    {
        var value = PeerRating.FromFacts(facts).Value;
        PeerFacts[] better =
        [
            facts with { ShortestRoundTrip = facts.ShortestRoundTrip / 2 },
            facts with { ConnectTime = facts.ConnectTime / 2 },
            facts with { Stayed = facts.Stayed * 2 },
            facts with { UsefulBlocks = facts.UsefulBlocks + 1 },
            facts with { UsefulTransactions = facts.UsefulTransactions + 1 },
            facts with { RequestsAnswered = facts.RequestsAnswered + 1 },
            facts with { RequestsTimedOut = Math.Max(facts.RequestsTimedOut - 1, 0) },
            facts with { Misbehaviors = Math.Max(facts.Misbehaviors - 1, 0) },
            facts with { QuarantineTimes = Math.Max(facts.QuarantineTimes - 1, 0) },
            facts with { FailedAttempts = Math.Max(facts.FailedAttempts - 1, 0) },
        ];
        Assert.All(better, each => Assert.True(PeerRating.FromFacts(each).Value >= value - 1e-9));
    });

    [Fact]
    public void Rating_WeightThatIsNoNumber_CountsAsNothing() =>
        Assert.Equal(3, new PeerRating(new PeerRatingReason("a", double.NaN), new PeerRatingReason("b", 3), new PeerRatingReason("c", double.PositiveInfinity)).Value);

    private static Gen<TimeSpan?> GenTime(double seconds) =>
        Gen.Double[0, seconds].Select(static value => TimeSpan.FromSeconds(value)).Nullable();
}
