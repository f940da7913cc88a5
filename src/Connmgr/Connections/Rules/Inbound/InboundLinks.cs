using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>The current inbound links, with the counts that the limits need.</summary>
internal sealed class InboundLinks(bool hasHandshake)
{
    /// <summary>
    /// Links that take a place under MaxInbound: handshakes in the order of their start, connections in that of their establishment.
    /// </summary>
    public LinkList Regular { get; } = new();

    /// <summary>Links that take a place of the allow-list, in the same order.</summary>
    public LinkList Allowed { get; } = new();

    /// <summary>
    /// The links, and the handshakes among them, of each source; allow-listed ones and those whose source does not count are in none.
    /// </summary>
    public SourceTable Sources { get; } = new();

    /// <summary>The links in <see cref="Regular"/> that are <see cref="LinkPhase.Handshaking"/>; without handshakes always 0.</summary>
    public int Handshakes { get; private set; }

    public int Count => Regular.Count + Allowed.Count;

    /// <summary>Adds a link whose handshake, if there is one, begins.</summary>
    public void Add(Link link)
    {
        GetList(link).Add(link);
        if (!link.IsAllowed && hasHandshake)
            Handshakes++;
        if (link.Facts?.Source is not { } source)
            return;
        Sources.Add(source.Prefix, hasHandshake);
        if (source.Host != source.Prefix)
            Sources.Add(source.Host, hasHandshake);
    }

    /// <summary>Records that a link becomes a connection: its handshake does not count any more, and it is the youngest.</summary>
    public void Establish(Link link)
    {
        if (link.Phase == LinkPhase.Handshaking)
            EndHandshake(link);
        var list = GetList(link);
        list.Remove(link);
        list.Add(link);
    }

    /// <summary>Removes a link that is about to end.</summary>
    public void Remove(Link link)
    {
        if (link.Phase == LinkPhase.Handshaking)
            EndHandshake(link);
        GetList(link).Remove(link);
        if (link.Facts?.Source is not { } source)
            return;
        Sources.Remove(source.Prefix);
        if (source.Host != source.Prefix)
            Sources.Remove(source.Host);
    }

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        Debug.Assert(Handshakes >= 0 && Handshakes <= Regular.Count, $"{Handshakes} handshakes among {Regular.Count} inbound links.");
        Debug.Assert(Sources.Count <= 2 * Count, $"{Sources.Count} sources of {Count} inbound links.");
        if (Regular.Count > LinkList.MostWalkedByAsserts)
            return;
        var handshakes = Regular.CountWhere(static link => link.Phase == LinkPhase.Handshaking);
        Debug.Assert(handshakes == Handshakes, $"{Handshakes} handshakes are counted, {handshakes} are there.");
    }

    private LinkList GetList(Link link) => link.IsAllowed ? Allowed : Regular;

    private void EndHandshake(Link link)
    {
        if (!link.IsAllowed)
            Handshakes--;
        if (link.Facts?.Source is not { } source)
            return;
        Sources.EndHandshake(source.Prefix);
        if (source.Host != source.Prefix)
            Sources.EndHandshake(source.Host);
    }
}
