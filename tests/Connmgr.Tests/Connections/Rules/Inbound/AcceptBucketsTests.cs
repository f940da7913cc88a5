using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class AcceptBucketsTests
{
    private static readonly AcceptRate Rate = new(PerSecond: 0.2, Burst: 3);

    [Fact]
    public void Take_ByOneSource_IsBoundedByBurstAndRate()
    {
        var buckets = new AcceptBuckets();
        var accepted = 0;
        for (var tenth = 0; tenth < 1_000; tenth++) // 100 s.
            accepted += TryTake(buckets, Host(1), TimeSpan.FromSeconds(tenth / 10.0)) ? 1 : 0;
        Assert.Equal(3 + 19, accepted); // The burst, and one each 5 s: the twentieth comes at 100 s.
    }

    [Fact]
    public void Take_ByOneSource_LeavesTheOthersAlone()
    {
        var buckets = new AcceptBuckets();
        while (TryTake(buckets, Host(1), TimeSpan.Zero))
        {
        }

        Assert.True(TryTake(buckets, Host(2), TimeSpan.Zero));
    }

    /// <summary>Compares with a plain model: a bucket for every source, kept indefinitely. As long as none is forgotten that is not full, both say the same.</summary>
    [Fact]
    public void AnySequence_IsAsIfNothingWereForgotten()
    {
        var random = new Random(7);
        var buckets = new AcceptBuckets();
        var model = new Dictionary<SourcePrefix, TokenBucket>();
        var now = TimeSpan.FromSeconds(1);
        var (allowed, refused, largest) = (0, 0, 0);
        for (var i = 0; i < 200_000; i++)
        {
            now += TimeSpan.FromTicks(random.Next(200_000)); // Never just at the moment of a token, where rounding decides.
            var source = Host((uint)random.Next(200));
            if (!model.TryGetValue(source, out var bucket))
                model[source] = bucket = new TokenBucket(Rate.Burst, Rate.PerSecond);
            var isAllowed = bucket.TryTake(now);
            Assert.Equal(isAllowed, TryTake(buckets, source, now));
            (allowed, refused) = isAllowed ? (allowed + 1, refused) : (allowed, refused + 1);
            largest = Math.Max(largest, buckets.Count);
        }

        Assert.True(allowed > 10_000 && refused > 10_000, $"{allowed} allowed, {refused} refused.");
        Assert.InRange(largest, 100, 200);
    }

    [Fact]
    public void AMillionSources_AreNotAllRemembered()
    {
        var buckets = new AcceptBuckets();
        for (var i = 0u; i < 1_000_000; i++)
            Assert.True(TryTake(buckets, Host(i), TimeSpan.FromSeconds(1)));
        Assert.Equal(AcceptBuckets.Capacity, buckets.Count);
        Assert.True(TryTake(buckets, Host(999_999), TimeSpan.FromSeconds(1)) && TryTake(buckets, Host(999_999), TimeSpan.FromSeconds(1)));
        Assert.False(TryTake(buckets, Host(999_999), TimeSpan.FromSeconds(1))); // The last ones are.
    }

    [Fact]
    public void SourcesOfThePast_AreForgotten()
    {
        var buckets = new AcceptBuckets();
        for (var i = 0u; i < 1_000; i++)
            TryTake(buckets, Host(i), TimeSpan.Zero);
        for (var i = 0u; i < 1_000; i++)
            TryTake(buckets, Host(10_000 + i), TimeSpan.FromMinutes(1 + i));
        Assert.InRange(buckets.Count, 1, 3);
    }

    [Fact]
    public void Take_OnceGrown_AllocatesNothing()
    {
        var buckets = new AcceptBuckets();
        var next = 0u;
        for (; next < 3 * AcceptBuckets.Capacity; next++)
            TryTake(buckets, Host(next), TimeSpan.Zero);
        var fresh = new Queue<SourcePrefix>(Enumerable.Range(0, 100_000).Select(i => Host(next + (uint)i)));
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 1_000; i++)
                TryTake(buckets, fresh.Dequeue(), TimeSpan.Zero);
        }));
    }

    private static bool TryTake(AcceptBuckets buckets, SourcePrefix source, TimeSpan now)
    {
        if (!buckets.HasToken(source, Rate, now))
            return false;
        buckets.Take(source, Rate, now);
        return true;
    }

    private static SourcePrefix Host(uint number) => SourcePrefix.FromAddress(new IPAddress(number));
}
