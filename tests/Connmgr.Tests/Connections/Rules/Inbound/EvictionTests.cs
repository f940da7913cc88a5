using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The eviction against Bitcoin Core's published cases, its guarantees for random candidates, and a second, slow writing of its rules.</summary>
public class EvictionTests
{
    private const int MaxCandidates = 199;
    private const int Draws = 40;

    /// <summary>Checks Bitcoin Core's cases of the ratio step: the lower the id, the longer connected.</summary>
    [Theory]
    [InlineData("T16 plain", 12, "", "", "", "0 1 2 3 4 5")]
    [InlineData("T17 onion", 12, "3 8 9 10 11", "", "", "0 1 2 3 8 9")]
    [InlineData("T18 local", 12, "", "7 8 9 10 11", "", "0 1 2 7 8 9")]
    [InlineData("T19 I2P", 12, "", "", "4 9 10 11", "0 1 2 4 9 10")]
    [InlineData("T20 one each of 7", 7, "5", "6", "", "0 1 6")]
    [InlineData("T20 one each of 8", 8, "5", "6", "", "0 1 5 6")]
    [InlineData("T21 three each", 12, "7 8 10", "6 9 11", "", "0 1 2 6 7 9")]
    [InlineData("T22 four local, one onion", 12, "10", "5 6 7 8", "", "0 1 2 5 6 10")]
    public void EvictionRatio_OfCoresCases_KeepsWhatCoreKeeps(string name, int count, string onion, string local, string rare, string kept)
    {
        foreach (var network in (AddressNetwork[])[AddressNetwork.I2P, AddressNetwork.Cjdns])
        {
            var candidates = Enumerable.Range(0, count).Select(id => new EvictionCandidate
            {
                Id = id,
                ConnectedAt = TimeSpan.FromSeconds(id),
                IsLocal = Ids(local).Contains(id),
                Network = Ids(onion).Contains(id) ? AddressNetwork.TorV3 : Ids(rare).Contains(id) ? network : AddressNetwork.IPv6,
            }).ToArray();
            new Random(count).Shuffle(candidates);

            var left = EvictionRatio.Keep(candidates).ToArray().Select(static candidate => candidate.Id);

            Assert.True(Ids(kept).Order().SequenceEqual(Enumerable.Range(0, count).Select(static id => (long)id).Except(left).Order()), name);
        }
    }

    [Fact]
    public void Select_OfRandomCandidates_IsWhatTheSlowWritingSelects()
    {
        var random = new Random(35);
        var (evicted, kept) = (0, 0);
        for (var count = 0; count <= MaxCandidates; count++)
        {
            for (var draw = 0; draw < Draws; draw++)
            {
                // Few values, so that there are ties in everything; in every second draw many, so that there are hardly any.
                var candidates = Draw(random, count, draw % 2 == 0 ? 4 : 10_000, noBans: draw % 5 == 0);
                var expected = EvictionOracle.Select(candidates);
                var selected = Eviction.Select(candidates.AsSpan());
                Assert.Equal(expected, selected);
                (evicted, kept) = selected is null ? (evicted, kept + 1) : (evicted + 1, kept);
            }
        }

        Assert.True(evicted > 2_000 && kept > 500, $"{evicted} evictions and {kept} without: the draws do not reach both.");
    }

    [Fact]
    public void Select_OfTwentyOrFewer_EvictsNone_AndOfTwentyNineOrMoreAlwaysOne()
    {
        var random = new Random(36);
        var between = new HashSet<bool>();
        for (var count = 0; count <= MaxCandidates; count++)
        {
            for (var draw = 0; draw < Draws; draw++)
            {
                var selected = Eviction.Select(Draw(random, count, 100, noBans: false));
                if (count <= 20)
                    Assert.Null(selected);
                else if (count >= 29)
                    Assert.NotNull(selected);
                else
                    between.Add(selected is null);
            }
        }

        Assert.Equal(2, between.Count); // From 21 to 28 it depends.
    }

    /// <summary>Checks T35: the best of all in something is never evicted, whatever the rest is.</summary>
    [Theory]
    [InlineData("netgroup", 4)]
    [InlineData("round trip", 8)]
    [InlineData("transactions", 4)]
    [InlineData("blocks alone", 8)]
    [InlineData("blocks", 4)]
    [InlineData("blocks of both kinds", 12)]
    [InlineData("everything", 20)]
    public void Select_TheBestInOneThing_IsNeverEvicted(string thing, int best)
    {
        var random = new Random(best);
        var evictions = 0;
        for (var count = 0; count <= MaxCandidates; count++)
        {
            for (var draw = 0; draw < Draws; draw++)
            {
                var candidates = Draw(random, count, 100, noBans: false).Select(candidate => Favour(candidate, thing, count)).ToArray();
                random.Shuffle(candidates);
                if (Eviction.Select(candidates) is not { } evicted)
                    continue;
                evictions++;
                Assert.True(evicted >= best, $"The best in {thing} was evicted: {evicted} of {count}.");
            }
        }

        Assert.True(evictions > 6_000, $"Only {evictions} evictions were seen.");
    }

    [Fact]
    public void Select_OfExemptOnes_EvictsNone()
    {
        var candidates = Draw(new Random(1), 100, 100, noBans: false).Select(static candidate => candidate with { IsExempt = true }).ToArray();
        Assert.Null(Eviction.Select(candidates));
    }

    [Fact]
    public void Select_WithOneThatPrefersEviction_EvictsThatOne()
    {
        var candidates = Enumerable.Range(0, 60)
            .Select(static id => new EvictionCandidate { Id = id, ConnectedAt = TimeSpan.FromSeconds(id), PrefersEviction = id == 40 }).ToArray();
        Assert.Equal(40, Eviction.Select(candidates));
    }

    [Fact]
    public void Select_OfOneLargeGroup_EvictsItsYoungest()
    {
        // 90 of one group among 30 single ones, all of which are younger.
        var candidates = Enumerable.Range(0, 120).Select(static id => new EvictionCandidate
        {
            Id = id,
            ConnectedAt = TimeSpan.FromSeconds(id),
            KeyedNetgroup = id < 90 ? 7 : (ulong)id,
        }).ToArray();
        Assert.Equal(89, Eviction.Select(candidates));
    }

    [Fact]
    public void Select_OfAThousand_AllocatesNothing()
    {
        var candidates = Draw(new Random(1), 1_000, 10_000, noBans: false);
        var copy = new EvictionCandidate[candidates.Length];
        Assert.Equal(0, Allocations.Least(() =>
        {
            candidates.CopyTo(copy, 0);
            Eviction.Select(copy);
        }));
    }

    private static EvictionCandidate Favour(in EvictionCandidate candidate, string thing, int count)
    {
        var (id, rank) = ((int)candidate.Id, TimeSpan.FromSeconds(count - candidate.Id));
        return thing switch
        {
            "netgroup" => candidate with { KeyedNetgroup = (ulong)(count - id) },
            "round trip" => candidate with { MinRoundTrip = TimeSpan.FromSeconds(id) },
            "transactions" => candidate with { LastUsefulTransaction = rank },
            "blocks" => candidate with { LastUsefulBlock = rank },
            "blocks alone" or "blocks of both kinds" => id > 7
                ? candidate with { LastUsefulBlock = rank }
                : candidate with { LastUsefulBlock = rank, RelaysTransactions = false, OffersWantedServices = true },
            _ => candidate with { KeyedNetgroup = (ulong)(count - id), MinRoundTrip = TimeSpan.FromSeconds(id), LastUsefulTransaction = rank, LastUsefulBlock = rank },
        };
    }

    private static EvictionCandidate[] Draw(Random random, int count, int values, bool noBans)
    {
        AddressNetwork[] networks = [AddressNetwork.IPv4, AddressNetwork.IPv6, AddressNetwork.TorV3, AddressNetwork.I2P, AddressNetwork.Cjdns];
        var candidates = new EvictionCandidate[count];
        for (var id = 0; id < count; id++)
        {
            candidates[id] = new EvictionCandidate
            {
                Id = id,
                ConnectedAt = Moment(),
                MinRoundTrip = random.Next(10) == 0 ? TimeSpan.MaxValue : Moment(),
                LastUsefulBlock = Moment(),
                LastUsefulTransaction = Moment(),
                OffersWantedServices = random.Next(2) == 0,
                RelaysTransactions = random.Next(2) == 0,
                FiltersTransactions = random.Next(2) == 0,
                KeyedNetgroup = (ulong)random.Next(values),
                PrefersEviction = random.Next(2) == 0,
                IsIdle = random.Next(3) == 0,
                IsLocal = random.Next(2) == 0,
                Network = networks[random.Next(networks.Length)],
                IsExempt = noBans && random.Next(4) == 0,
            };
        }

        random.Shuffle(candidates);
        return candidates;

        TimeSpan Moment() => TimeSpan.FromSeconds(random.Next(values));
    }

    private static IEnumerable<long> Ids(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse);
}
