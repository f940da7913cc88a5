using CsCheck;

namespace Connmgr.Tests.Addresses;

/// <summary>Addresses that offer rare services: found at once, and as fairly as any, whatever happened to the tables.</summary>
public sealed class BookServicesTests
{
    private const ulong Rare = 0x49;

    private static readonly CandidateRequest Automatic = new(ConnectionKind.Automatic);

    private static readonly Gen<(int What, int Which, int Source, ulong Services)[]> Steps =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 99], Gen.Int[0, 30], Gen.ULong[0, 7]).Array[0, 300];

    /// <summary>More sets of services than are kept at a time, so that some are made anew meanwhile.</summary>
    private static readonly ulong[] Wanted = [0, 1, 2, 4, 3, 5, 7];

    [Fact]
    public void Pick_AfterAnySteps_GivesWhatASearchFinds_EachBucketAndInItEachEntryAlike() => Steps.Sample(
        steps =>
        {
            var world = new BookWorld();
            foreach (var (what, which, source, services) in steps)
            {
                Step(world, what, BookWorld.EndPoint($"250.{which % 7}.{which % 5}.{which + 1}", 8333), NetworkAddress.Parse($"25.{source}.1.1"), services);
                if (what == 9)
                    AssertAsASearchFinds(world.Book.Tables.New, Wanted[which % Wanted.Length]);
            }

            foreach (var services in Wanted)
            {
                AssertAsASearchFinds(world.Book.Tables.New, services);
                AssertAsASearchFinds(world.Book.Tables.Tried, services);
            }
        },
        iter: 60);

    [Theory]
    [InlineData(24)]
    [InlineData(1)]
    public void Choose_AFewOfThousands_FindsOneEachTime(int rare)
    {
        var world = new BookWorld().Fill(6_000);
        world.Clock.Advance(TimeSpan.FromMinutes(11)); // None was tried lately.
        var serving = world.Book.GetEntries(AddressNetworks.IPv4).Take(rare).Select(static entry => entry.EndPoint).ToHashSet();
        foreach (var endPoint in serving)
            world.Book.SetServices(endPoint, Rare | 0x400);
        var source = new AddressBookSource(world.Book, new() { RequiredServices = Rare });

        var chosen = Enumerable.Range(0, 2_000).Select(_ => source.Choose(Automatic, source.Networks)?.EndPoint).ToHashSet();

        Assert.Equal(serving.Select(static endPoint => (NetworkEndPoint?)endPoint).ToHashSet(), chosen);
    }

    [Fact]
    public void TrySelect_ServicesThatNoneOffersAnyMore_GivesNone()
    {
        var world = new BookWorld();
        var endPoint = BookWorld.EndPoint("250.1.1.1", 8333);
        world.AddFresh(endPoint);
        Assert.False(world.Book.TrySelect(out _, services: Rare));
        world.Book.SetServices(endPoint, Rare);
        Assert.True(world.Book.TrySelect(out _, services: Rare));
        world.Book.MarkGood(endPoint);
        Assert.True(world.Book.TrySelect(out _, services: Rare));
        world.Book.SetServices(endPoint, BookWorld.Services);
        Assert.False(world.Book.TrySelect(out _, services: Rare));
    }

    [Fact]
    public void TrySelect_OfRareServices_AllocatesNothing()
    {
        var book = FileWorld.Read(FileWorld.Write(new BookWorld().Fill(5_000).Book)); // The clock of tests allocates.
        var endPoint = book.GetEntries()[0].EndPoint;
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                book.SetServices(endPoint, i % 2 == 0 ? Rare : BookWorld.Services);
                book.TrySelect(out _, services: Rare);
            }
        }));
    }

    private static void Step(BookWorld world, int what, NetworkEndPoint endPoint, NetworkAddress source, ulong services)
    {
        switch (what)
        {
            case 0 or 1:
                world.Book.MarkGood(endPoint);
                break;
            case 2 or 3:
                world.Book.SetServices(endPoint, services);
                break;
            case 4:
                world.Clock.Advance(TimeSpan.FromHours(5));
                break;
            case 5:
                world.Book.ResolveCollisions();
                break;
            default:
                world.Book.Add(new PeerAddress(endPoint, services, world.Now), source);
                break;
        }
    }

    /// <summary>Goes through every outcome of chance, so that the chances come out exactly.</summary>
    private static void AssertAsASearchFinds(BookTable table, ulong services)
    {
        var buckets = table.Places.ToArray()
            .Select(static (entry, place) => (Entry: entry, Bucket: place / BookLimits.BucketSize))
            .Where(each => each.Entry is { } entry && (entry.Services & services) == services)
            .GroupBy(static each => each.Bucket, static each => each.Entry!)
            .ToList();
        Assert.Equal(buckets.Count > 0, table.HasAny(AddressNetworks.All, services));

        var picked = new List<List<BookEntry>>();
        var dice = new Dice();
        do
        {
            if (table.Pick(AddressNetworks.All, services, dice) is not { } entry)
                break;
            if (dice.Second == 0)
                picked.Add([]);
            picked[^1].Add(entry);
        }
        while (dice.Next());

        Assert.Equal(buckets.Select(static bucket => bucket.ToList()), picked);
    }

    /// <summary>Gives each pair of a first and a second number once, in order.</summary>
    private sealed class Dice : Random
    {
        private (int Value, int Count)[] _rolls = [(0, 1), (0, 1)];
        private int _roll;

        public int Second => _rolls[1].Value;

        public override int Next(int maxValue)
        {
            ref var roll = ref _rolls[_roll++];
            roll.Count = maxValue;
            return roll.Value;
        }

        public new bool Next()
        {
            _roll = 0;
            var (first, second) = (_rolls[0], _rolls[1]);
            _rolls = second.Value + 1 < second.Count ? [first, (second.Value + 1, second.Count)] : [(first.Value + 1, first.Count), (0, 1)];
            return _rolls[0].Value < _rolls[0].Count;
        }
    }
}
