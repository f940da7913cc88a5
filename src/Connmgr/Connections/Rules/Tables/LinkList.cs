using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// Links in the order in which they were added. The links contain the list's references, so nothing is allocated, and a link is in one list
/// at a time. A LinkedList would cost 80 bytes per link, and another memory access at each step.
/// </summary>
internal sealed class LinkList
{
    /// <summary>The maximum length of a list that assertions walk, so that debug builds stay usable with many connections.</summary>
    public const int MostWalkedByAsserts = 100;

    public Link? First { get; private set; }

    public Link? Last { get; private set; }

    public int Count { get; private set; }

    /// <summary>Counts by walking the list.</summary>
    public int CountWhere(Func<Link, bool> predicate)
    {
        var count = 0;
        for (var link = First; link is not null; link = link.Next)
            count += predicate(link) ? 1 : 0;
        return count;
    }

    /// <summary>Enumerates the links, the first first. The list must not change meanwhile.</summary>
    public IEnumerable<Link> All()
    {
        for (var link = First; link is not null; link = link.Next)
            yield return link;
    }

    /// <summary>Adds a link, which is in no list, as the last one.</summary>
    public void Add(Link link)
    {
        Debug.Assert(link.List is null, $"A link of request {link.Request.Id} is in a list already.");
        (link.List, link.Previous, link.Next) = (this, Last, null);
        if (Last is { } last)
            last.Next = link;
        else
            First = link;
        Last = link;
        Count++;
    }

    /// <summary>Takes out a link, which is in this list.</summary>
    public void Remove(Link link)
    {
        Debug.Assert(link.List == this, $"A link of request {link.Request.Id} is not in this list.");
        if (link.Previous is { } previous)
            previous.Next = link.Next;
        else
            First = link.Next;
        if (link.Next is { } next)
            next.Previous = link.Previous;
        else
            Last = link.Previous;
        (link.List, link.Previous, link.Next) = (null, null, null);
        Count--;
    }
}
