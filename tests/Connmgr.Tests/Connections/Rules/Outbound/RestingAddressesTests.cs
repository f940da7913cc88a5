using System.Net;
using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class RestingAddressesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Contains_UntilTheTimeIsOver()
    {
        var resting = new RestingAddresses(5 * Second);
        resting.Add(GetKey(1), Second);
        Assert.True(resting.Contains(GetKey(1), 6 * Second - TimeSpan.FromTicks(1)));
        Assert.False(resting.Contains(GetKey(1), 6 * Second));
        Assert.False(resting.Contains(GetKey(2), Second));
    }

    [Fact]
    public void Addresses_ThatComeAndGo_AllocateNothing()
    {
        var resting = new RestingAddresses(5 * Second);
        var keys = Enumerable.Range(0, 10).Select(GetKey).ToArray();
        var now = TimeSpan.Zero;
        Assert.Equal(0, Allocations.Least(() =>
        {
            foreach (var key in keys)
                resting.Add(key, now += Second);
        }));
        Assert.Equal(5, resting.Count); // The others have been removed.
    }

    [Fact]
    public void Contains_AfterAnyAdds_IsWhatTheLastAddSays() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3]).Array[1, 200].Sample(adds =>
        {
            var resting = new RestingAddresses(5 * Second);
            var last = new Dictionary<int, TimeSpan>();
            var now = TimeSpan.Zero;
            foreach (var (key, pause) in adds)
            {
                now += pause * Second;
                resting.Add(GetKey(key), now);
                last[key] = now;
                for (var i = 0; i < 10; i++)
                    Assert.Equal(last.TryGetValue(i, out var at) && at + 5 * Second > now, resting.Contains(GetKey(i), now));
                Assert.Equal(last.Values.Count(at => at + 5 * Second > now), resting.Count); // What is over is forgotten.
            }
        });

    private static IPEndPoint GetKey(int n) => new(IPAddress.Loopback, 1000 + n);
}
