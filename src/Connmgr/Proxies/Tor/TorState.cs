using System.Net;

namespace Connmgr;

/// <summary>Where a <see cref="TorController"/> stands. Immutable.</summary>
public sealed record TorState
{
    /// <summary>Whether Tor is connected and has authenticated us.</summary>
    public bool IsConnected { get; internal init; }

    /// <summary>Tor's version, as it says it; null while it is not known.</summary>
    public string? Version { get; internal init; }

    /// <summary>
    /// The SOCKS port that Tor told of, the last time that it was connected; 127.0.0.1:9050 when it told of none, as in Bitcoin Core. Null
    /// while it is not known, and when it was not asked for.
    /// </summary>
    public EndPoint? SocksProxy { get; internal init; }

    /// <summary>
    /// Our onion service, with its virtual port, while Tor serves it; null otherwise. After Tor has restarted it is the same again.
    /// </summary>
    public NetworkEndPoint? OnionService { get; internal init; }

    /// <summary>
    /// Where Tor connects the clients of the <see cref="OnionService"/> to, while it serves that: <see cref="OnionServiceOptions.Target"/>, or
    /// what <see cref="OnionServiceOptions.ChooseTarget"/> chose. Null otherwise.
    /// </summary>
    public EndPoint? OnionTarget { get; internal init; }

    /// <summary>Whether Tor has told its directory of the service since it was last connected, so that others can find it: a few seconds after <see cref="OnionService"/>.</summary>
    public bool IsOnionServicePublished { get; internal init; }

    /// <summary>Why Tor is not connected, or what of the service went wrong, in words; null when nothing did.</summary>
    public string? Failure { get; internal init; }

    /// <summary>How often Tor was connected.</summary>
    public int Sessions { get; internal init; }
}
