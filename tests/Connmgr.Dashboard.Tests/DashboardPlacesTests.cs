using System.Net;
using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class DashboardPlacesTests
{
    private readonly DashboardPlaces _places = new();

    [Fact]
    public void Take_OfAHostWithItsShare_DisplacesItsOwnThatWasIdleLongest()
    {
        var other = _places.Take(Host(2), out _);
        var own = Enumerable.Range(0, _places.MaxPerHost).Select(_ => _places.Take(Host(1), out var displaced)).ToList();
        _places.Begin(own[0]);
        _places.Begin(own[1]);
        _places.End(own[1]);
        Assert.False(_places.Take(Host(1), out var first).IsReserved);
        Assert.Same(own[2], first); // The first is busy, the second was so lately.
        Assert.NotSame(other, first);
        Assert.Equal(_places.MaxPerHost + 1, _places.Count);
    }

    [Fact]
    public void Take_WhereAllAreBusy_GetsOneOfTheReserved()
    {
        for (var i = 0; i < _places.Max; i++)
            _places.Begin(_places.Take(Host(i), out _));
        var reserved = new List<DashboardPlace>();
        for (var i = 0; i < DashboardPlaces.Reserved; i++)
        {
            reserved.Add(_places.Take(Host(1_000 + i), out var none));
            Assert.Null(none);
            _places.Begin(reserved[^1]);
        }

        Assert.All(reserved, place => Assert.True(place.IsReserved));
        Assert.True(_places.Take(Host(2_000), out var displaced).IsReserved);
        Assert.Same(reserved[0], displaced); // There, the oldest connection goes, busy or not.
        Assert.Equal(_places.Max + DashboardPlaces.Reserved, _places.Count);
    }

    [Fact]
    public void Take_AnyoneAtAnyTime_GetsAPlaceWithinTheLimits_AndNobodyBusyLosesHis() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 9], Gen.Int[0, 99]).Array[1, 600].Sample(steps =>
        {
            var places = new DashboardPlaces();
            var open = new List<DashboardPlace>();
            foreach (var (what, host, which) in steps)
            {
                var one = open.Count == 0 ? null : open[which % open.Count];
                switch (what)
                {
                    case 0 when one is not null:
                        places.Begin(one);
                        break;
                    case 1 when one is not null:
                        places.End(one);
                        break;
                    case 2 when one is not null:
                        places.Leave(one);
                        open.Remove(one);
                        break;
                    case > 2:
                        open.Add(places.Take(Host(host), out var displaced));
                        Assert.True(displaced is null || (open.Remove(displaced) && (displaced.IsReserved || !displaced.IsBusy)));
                        break;
                }

                Assert.Equal(open.Count, places.Count);
                foreach (var (isReserved, max, maxPerHost) in ((bool, int, int)[])[
                    (false, places.Max, places.MaxPerHost), (true, DashboardPlaces.Reserved, DashboardPlaces.ReservedPerHost)])
                {
                    var those = open.Where(place => place.IsReserved == isReserved).ToList();
                    Assert.True(those.Count <= max);
                    Assert.All(those.CountBy(place => place.Host), group => Assert.True(group.Value <= maxPerHost));
                }
            }
        });

    [Theory]
    [InlineData("1.2.3.4", "::ffff:1.2.3.4", true)]
    [InlineData("1.2.3.4", "1.2.3.5", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("0.0.0.0", "::", false)]
    public void Of_AnAddress_IsItOrItsPrefix(string one, string other, bool isSame) =>
        Assert.Equal(isSame, ClientHost.From(IPAddress.Parse(one)) == ClientHost.From(IPAddress.Parse(other)));

    private static ClientHost Host(int number) => ClientHost.From(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]));
}
