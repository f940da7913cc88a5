using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The contents of a run's version message. Immutable.</summary>
internal sealed record RunIdentity
{
    /// <summary>The services that it offers.</summary>
    public NodeServices Services { get; init; }

    /// <summary>True to ask peers to announce transactions, which a run discards.</summary>
    public bool Relay { get; init; }

    /// <summary>The user agent.</summary>
    public string UserAgent { get; init; } = BitcoinPeerOptions.DefaultUserAgent;

    /// <summary>The height of its best block.</summary>
    public int StartHeight { get; init; }

    /// <summary>
    /// True when most nodes keep an automatic outbound connection to such a peer. Bitcoin Core demands blocks and witnesses; the last blocks
    /// alone suffice once it has caught up.
    /// </summary>
    public bool IsKept => Services.HasFlag(NodeServices.Witness) && (Services & (NodeServices.Network | NodeServices.NetworkLimited)) != NodeServices.None;

    /// <summary>Applies it to the options of the protocol.</summary>
    public void ApplyTo(BitcoinPeerOptions options)
    {
        var height = StartHeight;
        (options.Services, options.Relay, options.UserAgent, options.StartHeight) = (Services, Relay, UserAgent, () => height);
    }
}
