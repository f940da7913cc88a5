using CsCheck;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class EntryStoreTests
{
    /// <summary>Whatever is added and removed, the store finds what a set has, and uses slots again.</summary>
    [Fact]
    public void AddAndRemove_AnyAddresses_AgreeWithASet() =>
        Gen.Int[0, 1_500].Array[0, 4_000].Sample(
            static numbers =>
            {
                var store = new EntryStore();
                var (set, most) = (new HashSet<NetworkEndPoint>(), 0);
                foreach (var endPoint in numbers.Select(static number => Gossip.GossipGen.Onion(number)))
                {
                    var slot = store.Find(endPoint);
                    Assert.Equal(set.Contains(endPoint), slot >= 0);
                    if (set.Add(endPoint))
                        Assert.Equal(endPoint, store[store.Add(endPoint)].EndPoint);
                    else if (set.Remove(endPoint))
                        store.Remove(slot);
                    most = Math.Max(most, set.Count);
                    Assert.Equal((set.Count, most), (store.Count, store.Slots));
                }

                Assert.All(set, endPoint => Assert.Equal(endPoint, store[store.Find(endPoint)].EndPoint));
            },
            iter: Effort.Of(50));
}
