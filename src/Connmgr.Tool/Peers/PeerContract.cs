using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>What can be asked of a run about its peers.</summary>
internal static class PeerVerbs
{
    /// <summary>The peers that are connected, and those that are to be.</summary>
    public static ControlVerb<NoArguments, PeerItem> List { get; } =
        new("peers.list", ControlJson.Default.NoArguments, ControlJson.Default.PeerItem);

    /// <summary>Connects to one more peer, and tells how the first attempt ended.</summary>
    public static ControlVerb<ConnectArguments, ConnectItem> Connect { get; } =
        new("peers.connect", ControlJson.Default.ConnectArguments, ControlJson.Default.ConnectItem);

    /// <summary>Ends connections or attempts. A permanent peer is tried again, an automatic one is replaced.</summary>
    public static ControlVerb<PeerArguments, PeerItem> Disconnect { get; } =
        new("peers.disconnect", ControlJson.Default.PeerArguments, ControlJson.Default.PeerItem);

    /// <summary>Ends requests for good, with their connections.</summary>
    public static ControlVerb<PeerArguments, PeerItem> Remove { get; } =
        new("peers.remove", ControlJson.Default.PeerArguments, ControlJson.Default.PeerItem);

    /// <summary>Changes the number of automatic peers.</summary>
    public static ControlVerb<TargetArguments, TargetItem> SetTarget { get; } =
        new("peers.setTarget", ControlJson.Default.TargetArguments, ControlJson.Default.TargetItem);

    /// <summary>How things stand, and then each peer.</summary>
    public static ControlVerb<NoArguments, JsonElement> Snapshot { get; } =
        new("snapshot", ControlJson.Default.NoArguments, ControlJson.Default.JsonElement);

    /// <summary>
    /// A snapshot, and then what happens, until the client sends no more. One that falls behind gets one <c>dropped</c> with the count,
    /// and a snapshot.
    /// </summary>
    public static ControlVerb<NoArguments, JsonElement> Watch { get; } =
        new("watch", ControlJson.Default.NoArguments, ControlJson.Default.JsonElement) { IsLive = true };
}

/// <summary>A peer in a list: one that is connected, or that is to be. The names are those of the JSON.</summary>
internal sealed record PeerItem
{
    /// <summary>The id that <c>disconnect</c> and <c>remove</c> take.</summary>
    public required long Id { get; init; }

    /// <summary>HOST:PORT; null while an automatic peer has none yet, and for an inbound one of unknown origin.</summary>
    public required string? Address { get; init; }

    /// <summary><c>outbound</c> or <c>inbound</c>.</summary>
    public required string Direction { get; init; }

    /// <summary><c>automatic</c>, <c>oneOff</c>, <c>permanent</c> or <c>inbound</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// What it is for: the kind, and what that does not tell: <c>anchor</c>, <c>feeler</c>, <c>extraNetwork</c>, <c>addressFetch</c>. The
    /// kind while it is not connected.
    /// </summary>
    public required string Purpose { get; init; }

    /// <summary><c>connected</c>, <c>connecting</c>, or <c>waiting</c> to be dialled again.</summary>
    public required string State { get; init; }

    /// <summary>How the peer calls itself, made safe; null before its handshake.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The service bits, 16 hexadecimal digits; null before its handshake.</summary>
    public string? Services { get; init; }

    /// <summary>The height of its best block; null before its handshake, and when it did not say.</summary>
    public int? Height { get; init; }

    /// <summary>The protocol version spoken; null before its handshake.</summary>
    public int? ProtocolVersion { get; init; }

    /// <summary>The last round trip of a ping; null before the first.</summary>
    public double? PingMilliseconds { get; init; }

    /// <summary>Since it was connected; null when it is not.</summary>
    public double? Seconds { get; init; }

    /// <summary>How often it was dialled; null for one that is connected.</summary>
    public int? Attempts { get; init; }

    /// <summary>When it is dialled again; null when it does not wait for that.</summary>
    public double? RetrySeconds { get; init; }
}

/// <summary>The arguments of <c>peers.connect</c>.</summary>
/// <param name="Address">HOST[:PORT].</param>
/// <param name="Permanent">Whether it is tried again until it is removed.</param>
internal sealed record ConnectArguments(string Address, bool Permanent = false);

/// <summary>How the first attempt at a peer ended. The names are those of the JSON.</summary>
internal sealed record ConnectItem
{
    public required long Id { get; init; }

    /// <summary>HOST:PORT.</summary>
    public required string Address { get; init; }

    /// <summary><c>oneOff</c> or <c>permanent</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether it was connected, handshake included.</summary>
    public required bool Connected { get; init; }

    /// <summary>Where it failed; <c>none</c> when it did not.</summary>
    public required string Phase { get; init; }

    /// <summary>Why it failed; <c>none</c> when it did not.</summary>
    public required string Cause { get; init; }

    /// <summary>From the start of the dial.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>More, in words; null when there is no more.</summary>
    public string? Message { get; init; }
}

/// <summary>The arguments of <c>peers.disconnect</c> and <c>peers.remove</c>.</summary>
/// <param name="Peer">An id, HOST:PORT, or HOST for every peer there.</param>
internal sealed record PeerArguments(string Peer);

/// <summary>The arguments of <c>peers.setTarget</c>.</summary>
/// <param name="Target">The number of automatic peers.</param>
internal sealed record TargetArguments(int Target);

/// <summary>What became of the target. The names are those of the JSON.</summary>
/// <param name="Target">From now on.</param>
/// <param name="Previous">Until now.</param>
internal sealed record TargetItem(int Target, int Previous);
