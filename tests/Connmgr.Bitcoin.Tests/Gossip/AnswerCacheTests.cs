using System.Net;

namespace Connmgr.Bitcoin.Tests.Gossip;

public sealed class AnswerCacheTests
{
    private static readonly IPEndPoint Local = new(IPAddress.Parse("20.0.0.1"), 8333);

    private readonly AnswerCache _cache = new();

    [Theory]
    [InlineData(0, 21)]
    [InlineData(0.5, 24)]
    [InlineData(1, 27)]
    public void Keep_LastsFrom21To27Hours(double chance, int hours)
    {
        var key = new AnswerKey(AddressNetwork.IPv4, Local);
        var (first, second) = (NewAnswer(), NewAnswer());
        Assert.Same(first, _cache.Keep(key, first, TimeSpan.FromHours(1), chance));
        var end = TimeSpan.FromHours(1 + hours);
        Assert.Same(first, _cache.Find(key, end - TimeSpan.FromTicks(1)));
        Assert.Same(first, _cache.Keep(key, second, end - TimeSpan.FromTicks(1), chance));
        Assert.Null(_cache.Find(key, end));
        Assert.Same(second, _cache.Keep(key, second, end, chance));
        Assert.Same(second, _cache.Find(key, end));
    }

    [Fact]
    public void Find_AnotherNetworkOrLocalEndPoint_HasAnotherAnswer()
    {
        AnswerKey[] keys =
        [
            AnswerKey.Create(new IPEndPoint(IPAddress.Parse("1.2.3.4"), 5), Local),
            AnswerKey.Create(new IPEndPoint(IPAddress.Parse("2a01::1"), 5), Local),
            AnswerKey.Create(new IPEndPoint(IPAddress.Parse("1.2.3.4"), 5), new IPEndPoint(Local.Address, 8334)),
            AnswerKey.Create(new IPEndPoint(IPAddress.Parse("1.2.3.4"), 5), new IPEndPoint(IPAddress.Parse("20.0.0.2"), 8333)),
            AnswerKey.Create(new IPEndPoint(IPAddress.Loopback, 5), Local),
        ];
        foreach (var key in keys)
        {
            Assert.Null(_cache.Find(key, TimeSpan.Zero));
            _cache.Keep(key, NewAnswer(), TimeSpan.Zero, 0);
        }

        Assert.Equal(keys.Length, keys.Select(key => _cache.Find(key, TimeSpan.Zero)).Distinct().Count());
        var same = AnswerKey.Create(new IPEndPoint(IPAddress.Parse("5.6.7.8"), 9), new IPEndPoint(Local.Address, 8333));
        Assert.Same(_cache.Find(keys[0], TimeSpan.Zero), _cache.Find(same, TimeSpan.Zero));
        Assert.Equal(AnswerKey.Create(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 5), Local), AnswerKey.Create(null, Local));
    }

    [Fact]
    public void Keep_ManyLocalEndPoints_ShareOneAnswerAndTheMemoryIsBounded()
    {
        for (var i = 0; i < 1000; i++)
        {
            var key = new AnswerKey(i % 2 == 0 ? AddressNetwork.IPv4 : null, new IPEndPoint(i, 8333));
            var kept = _cache.Keep(key, NewAnswer(), TimeSpan.Zero, 0);
            Assert.Same(kept, _cache.Find(key, TimeSpan.Zero));
        }

        Assert.Equal(AnswerCache.MaxKeys + 2, _cache.Count);
        var late = new AnswerKey(AddressNetwork.IPv6, Local);
        _cache.Keep(late, NewAnswer(), TimeSpan.FromDays(2), 0);
        Assert.Equal(1, _cache.Count); // The old ones went to make room.
    }

    private static AddressAnswer NewAnswer() => new(new byte[1], new byte[1]);
}
