using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class TimerHeapTests
{
    /// <summary>Compares with a list that is sorted whenever it is read.</summary>
    [Fact]
    public void First_AfterAnySetsAndClears_IsWhatASortedListHasFirst() =>
        Gen.Select(Gen.Int[0, 39], Gen.Int[-1, 9]).Array[0, 300].Sample(operations =>
        {
            var heap = new TimerHeap();
            var items = Enumerable.Range(0, 40).Select(_ => new Item()).ToArray();
            var model = new List<(Item Item, int Due, int Order)>();
            var order = 0;
            foreach (var (index, due) in operations)
            {
                var item = items[index];
                model.RemoveAll(entry => entry.Item == item);
                if (due < 0)
                    heap.Clear(item);
                else
                {
                    heap.Set(item, TimeSpan.FromSeconds(due));
                    model.Add((item, due, order++));
                }

                Assert.Equal(model.Count, heap.Count);
                Assert.Same(model.OrderBy(entry => entry.Due).ThenBy(entry => entry.Order).FirstOrDefault().Item, heap.First);
                Assert.Equal(model.Exists(entry => entry.Item == item), item.HeapIndex >= 0);
            }

            foreach (var expected in model.OrderBy(entry => entry.Due).ThenBy(entry => entry.Order))
            {
                Assert.Same(expected.Item, heap.First);
                heap.Clear(heap.First!);
            }

            Assert.Null(heap.First);
        });

    private sealed class Item : Timed;
}
