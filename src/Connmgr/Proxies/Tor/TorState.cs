using System.Net;

namespace Connmgr;

/// <summary>The state of a <see cref="TorController"/>. Immutable.</summary>
public sealed record TorState
{
    /// <summary>True when Tor is connected and has accepted the authentication.</summary>
    public bool IsConnected { get; internal init; }

    /// <summary>Tor's version, as it says it; null while it is not known.</summary>
    public string? Version { get; internal init; }

    /// <summary>
    /// The SOCKS port that Tor reported when it was last connected; 127.0.0.1:9050 when it reported none, as in Bitcoin Core. Null
    /// while it is unknown, and when Tor was not asked for it.
    /// </summary>
    public EndPoint? SocksProxy { get; internal init; }

    /// <summary>
    /// Our onion service, with its virtual port, while Tor serves it; null otherwise. After Tor has restarted it is the same again.
    /// </summary>
    public NetworkEndPoint? OnionService { get; internal init; }

    /// <summary>
    /// The address to which Tor connects the clients of the <see cref="OnionService"/> while it serves that:
    /// <see cref="OnionServiceOptions.Target"/>, or what <see cref="OnionServiceOptions.ChooseTarget"/> chose. Null otherwise.
    /// </summary>
    public EndPoint? OnionTarget { get; internal init; }

    /// <summary>
    /// True when Tor has published the service since it was last connected, so that others can find it: a few seconds after
    /// <see cref="OnionService"/>.
    /// </summary>
    public bool IsOnionServicePublished { get; internal init; }

    /// <summary>The reason why Tor is not connected, or the failure of the service, as text; null for none.</summary>
    public string? Failure { get; internal init; }

    /// <summary>The number of connections to Tor so far.</summary>
    public int Sessions { get; internal init; }
}
