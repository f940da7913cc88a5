using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class LinkListTests
{
    [Fact]
    public void AnySequence_IsThatOfAList()
    {
        var (removedFirst, removedLast, removedOnly, removedBetween) = (0, 0, 0, 0);
        Gen.Int[0, 3].Array[0, 60].Sample(
            steps =>
            {
                var links = Enumerable.Range(0, 4).Select(id => new Link(new Request(id, ConnectionKind.Automatic, endPoint: null), TimeSpan.Zero)).ToArray();
                var list = new LinkList();
                var model = new List<Link>();
                foreach (var link in steps.Select(step => links[step]))
                {
                    if (model.IndexOf(link) is >= 0 and var index)
                    {
                        _ = (model.Count, index) switch
                        {
                            (1, _) => removedOnly++,
                            (_, 0) => removedFirst++,
                            var (count, _) when index == count - 1 => removedLast++,
                            _ => removedBetween++,
                        };
                        list.Remove(link);
                        model.RemoveAt(index);
                        Assert.Null(link.List);
                    }
                    else
                    {
                        list.Add(link);
                        model.Add(link);
                        Assert.Same(list, link.List);
                    }

                    Check(list, model);
                }
            },
            threads: 1);
        Assert.All([removedFirst, removedLast, removedOnly, removedBetween], static times => Assert.True(times > 50, "A kind of removal was hardly reached."));
    }

    private static void Check(LinkList list, List<Link> model)
    {
        Assert.Equal(model.Count, list.Count);
        Assert.Same(model.LastOrDefault(), list.Last);
        var forwards = new List<Link>();
        for (var link = list.First; link is not null; link = link.Next)
            forwards.Add(link);
        Assert.Equal(model, forwards);
        var backwards = new List<Link>();
        for (var link = list.Last; link is not null; link = link.Previous)
            backwards.Add(link);
        Assert.Equal(Enumerable.Reverse(model), backwards);
    }
}
