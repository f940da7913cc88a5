using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>The commands of the control protocol for peers.</summary>
internal static class PeerVerbs
{
    /// <summary>The command that lists the peers that are connected or wanted.</summary>
    public static ControlVerb<NoArguments, PeerItem> List { get; } =
        new("peers.list", ControlJson.Default.NoArguments, ControlJson.Default.PeerItem);

    /// <summary>The command that connects to one more peer, and reports the outcome of the first attempt.</summary>
    public static ControlVerb<ConnectArguments, ConnectItem> Connect { get; } =
        new("peers.connect", ControlJson.Default.ConnectArguments, ControlJson.Default.ConnectItem);

    /// <summary>The command that ends connections or attempts. A permanent peer is dialled again, an automatic one is replaced.</summary>
    public static ControlVerb<PeerArguments, PeerItem> Disconnect { get; } =
        new("peers.disconnect", ControlJson.Default.PeerArguments, ControlJson.Default.PeerItem);

    /// <summary>The command that ends requests for good, with their connections.</summary>
    public static ControlVerb<PeerArguments, PeerItem> Remove { get; } =
        new("peers.remove", ControlJson.Default.PeerArguments, ControlJson.Default.PeerItem);

    /// <summary>The command that changes the number of automatic peers.</summary>
    public static ControlVerb<TargetArguments, TargetItem> SetTarget { get; } =
        new("peers.setTarget", ControlJson.Default.TargetArguments, ControlJson.Default.TargetItem);

    /// <summary>The command that returns the state of the run, and then each peer.</summary>
    public static ControlVerb<NoArguments, JsonElement> Snapshot { get; } =
        new("snapshot", ControlJson.Default.NoArguments, ControlJson.Default.JsonElement);

    /// <summary>The command that replaces the worst peers of a group by new ones, and reports how many.</summary>
    public static ControlVerb<RotateArguments, RotateItem> Rotate { get; } =
        new("peers.rotate", ControlJson.Default.RotateArguments, ControlJson.Default.RotateItem);

    /// <summary>The private broadcast of a transaction, which ends with its result.</summary>
    public static ControlVerb<BroadcastArguments, BroadcastItem> Broadcast { get; } =
        new("peers.broadcast", ControlJson.Default.BroadcastArguments, ControlJson.Default.BroadcastItem);

    /// <summary>
    /// The command that returns a snapshot, and then events until the client sends no more. A client that falls behind gets one
    /// <c>dropped</c> with the count, and a snapshot.
    /// </summary>
    public static ControlVerb<NoArguments, JsonElement> Watch { get; } =
        new("watch", ControlJson.Default.NoArguments, ControlJson.Default.JsonElement) { IsLive = true };
}

/// <summary>A peer in a list: one that is connected or wanted. The property names are those of the JSON.</summary>
internal sealed record PeerItem
{
    /// <summary>The id that <c>disconnect</c> and <c>remove</c> take.</summary>
    public required long Id { get; init; }

    /// <summary>HOST:PORT; null while an automatic peer has no address yet, and for an inbound peer of unknown origin.</summary>
    public required string? Address { get; init; }

    /// <summary><c>outbound</c> or <c>inbound</c>.</summary>
    public required string Direction { get; init; }

    /// <summary><c>automatic</c>, <c>oneOff</c>, <c>permanent</c> or <c>inbound</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// The purpose: the kind, or more precisely <c>anchor</c>, <c>feeler</c>, <c>extraNetwork</c>, <c>addressFetch</c>, <c>privateBroadcast</c> or
    /// <c>trial</c>. The kind while it is not connected.
    /// </summary>
    public required string Purpose { get; init; }

    /// <summary>The group of an automatic peer, <c>default</c> when no groups are set; null for any other, and while it is not connected.</summary>
    public string? Group { get; init; }

    /// <summary>The rating, higher is better, 0 for a peer of which nothing is known; null while it is not connected.</summary>
    public double? Rating { get; init; }

    /// <summary>The reasons of the rating, which is their sum; null while it is not connected.</summary>
    public IReadOnlyList<RatingReasonItem>? RatingReasons { get; init; }

    /// <summary><c>connected</c>, <c>connecting</c>, or <c>waiting</c> to be dialled again.</summary>
    public required string State { get; init; }

    /// <summary>The user agent of the peer, made safe; null before its handshake.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The service bits, as 16 hexadecimal digits; null before its handshake.</summary>
    public string? Services { get; init; }

    /// <summary>The height of its best block; null before its handshake, and when it sent none.</summary>
    public int? Height { get; init; }

    /// <summary>The negotiated protocol version; null before its handshake.</summary>
    public int? ProtocolVersion { get; init; }

    /// <summary><c>v1</c>, or <c>v2</c> for the encrypted transport; null before its handshake.</summary>
    public string? Transport { get; init; }

    /// <summary>The id of the session, as 64 hexadecimal digits; null in v1 and before its handshake.</summary>
    public string? SessionId { get; init; }

    /// <summary>The last round trip of a ping; null before the first.</summary>
    public double? PingMilliseconds { get; init; }

    /// <summary>The time since it was connected; null when it is not.</summary>
    public double? Seconds { get; init; }

    /// <summary>The number of attempts; null when it is connected.</summary>
    public int? Attempts { get; init; }

    /// <summary>The time to the next dial; null when none is scheduled.</summary>
    public double? RetrySeconds { get; init; }
}

/// <summary>A reason of a rating. The property names are those of the JSON.</summary>
/// <param name="Name">The name, a word.</param>
/// <param name="Weight">The part of the rating.</param>
internal sealed record RatingReasonItem(string Name, double Weight);

/// <summary>The arguments of <c>peers.connect</c>.</summary>
/// <param name="Address">HOST[:PORT].</param>
/// <param name="Permanent">True to retry it until it is removed.</param>
internal sealed record ConnectArguments(string Address, bool Permanent = false);

/// <summary>The outcome of the first attempt to connect to a peer. The property names are those of the JSON.</summary>
internal sealed record ConnectItem
{
    public required long Id { get; init; }

    /// <summary>HOST:PORT.</summary>
    public required string Address { get; init; }

    /// <summary><c>oneOff</c> or <c>permanent</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>True when it was connected and its handshake is complete.</summary>
    public required bool Connected { get; init; }

    /// <summary>The phase in which it failed; <c>none</c> when it did not.</summary>
    public required string Phase { get; init; }

    /// <summary>The cause of the failure; <c>none</c> when there is none.</summary>
    public required string Cause { get; init; }

    /// <summary>The time since the start of the dial.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>Details, in words; null for none.</summary>
    public string? Message { get; init; }
}

/// <summary>The arguments of <c>peers.disconnect</c> and <c>peers.remove</c>.</summary>
/// <param name="Peer">An id, HOST:PORT, or HOST for every peer there.</param>
internal sealed record PeerArguments(string Peer);

/// <summary>The arguments of <c>peers.setTarget</c>.</summary>
/// <param name="Target">The number of automatic peers.</param>
internal sealed record TargetArguments(int Target);

/// <summary>A change of the target. The property names are those of the JSON.</summary>
/// <param name="Target">The new target.</param>
/// <param name="Previous">The previous target.</param>
internal sealed record TargetItem(int Target, int Previous);

/// <summary>The arguments of <c>peers.rotate</c>.</summary>
/// <param name="Group">The name of the group; null for the only one.</param>
/// <param name="Count">The number of peers to replace.</param>
/// <param name="Seconds">The time after which the search ends.</param>
internal sealed record RotateArguments(string? Group = null, int Count = 1, double Seconds = RotateArguments.DefaultSeconds)
{
    /// <summary>The default of <see cref="Seconds"/>.</summary>
    public const double DefaultSeconds = 120;

    /// <summary>The largest <see cref="Seconds"/>: a client that is gone is noticed only when its reply is written.</summary>
    public const double MaxSeconds = 3600;
}

/// <summary>The result of a rotation. The property names are those of the JSON.</summary>
/// <param name="Group">The name of the group.</param>
/// <param name="Asked">The number of peers to replace.</param>
/// <param name="Replaced">The number of peers that were replaced.</param>
internal sealed record RotateItem(string Group, int Asked, int Replaced);

/// <summary>The arguments of <c>peers.broadcast</c>.</summary>
/// <param name="File">The file with the transaction in hexadecimal digits. The run reads it.</param>
/// <param name="Seconds">The time after which the broadcast is given up.</param>
internal sealed record BroadcastArguments(string File, double Seconds = BroadcastArguments.DefaultSeconds)
{
    /// <summary>The default of <see cref="Seconds"/>.</summary>
    public const double DefaultSeconds = 3600;
}

/// <summary>The result of a private broadcast. The property names are those of the JSON.</summary>
/// <param name="Txid">The txid, in the usual order of its text.</param>
/// <param name="Recipients">The number of peers that have confirmed the transaction.</param>
/// <param name="Attempts">The number of connections that were tried.</param>
/// <param name="Returned">True when another peer has announced the transaction.</param>
internal sealed record BroadcastItem(string Txid, int Recipients, int Attempts, bool Returned);
