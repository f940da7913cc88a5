namespace Connmgr.Tool;

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
