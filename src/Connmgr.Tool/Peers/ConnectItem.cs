namespace Connmgr.Tool;

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
