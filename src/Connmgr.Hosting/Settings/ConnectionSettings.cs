using System.Net;

namespace Connmgr.Hosting;

/// <summary>
/// What configuration may say of connections, whatever they speak. Plain data, which may be read anew at any time: what it leads to is made
/// once, what may change while it runs is changed. Names and defaults are those of <see cref="ConnectionManagerOptions"/>. Not thread-safe.
/// </summary>
public abstract class ConnectionSettings
{
    private protected ConnectionSettings()
    {
    }

    /// <summary>The number of outbound connections to keep, from 0. Default 8. May change at run time.</summary>
    public int TargetOutbound { get; set; } = ConnectionManagerDefaults.TargetOutbound;

    /// <summary>The most inbound connections, from 0; null, in configuration the word unlimited, for no limit. Default no limit; 117 for the peers of a chain. May change at run time.</summary>
    public int? MaxInbound { get; set; }

    /// <summary>The limits of inbound connections by source, by rate and in total. May change at run time, for connections that come from then on.</summary>
    public InboundLimits InboundLimits { get; set; } = new();

    /// <summary>
    /// Peers to keep connected beside the target: IP:PORT, [IPv6]:PORT or NAME:PORT. May change at run time. Default: none. Port 0, or
    /// none, stands for the chain's.
    /// </summary>
    public IList<EndPoint> PermanentPeers { get; set; } = [];

    /// <summary>The local addresses to accept connections on, IP:PORT. Port 0 lets the system choose. Default: none, no inbound connections.</summary>
    public IList<IPEndPoint> ListenOn { get; set; } = [];

    /// <summary>
    /// Local addresses to which onion services of the user's own lead, IP:PORT, and nothing else does: no score and no limit counts by
    /// address there. Default: none.
    /// </summary>
    public IList<IPEndPoint> OnionListenOn { get; set; } = [];

    /// <summary>The pause before a failed request is tried again, and for which an address that failed is left alone. More than zero. Default 5 s.</summary>
    public TimeSpan RetryDuration { get; set; } = ConnectionManagerDefaults.RetryDuration;

    /// <summary>
    /// The longest pause between two attempts of a permanent peer. At least <see cref="RetryDuration"/>. Null, the default: 5 min, or
    /// <see cref="RetryDuration"/> when that is longer.
    /// </summary>
    public TimeSpan? MaxRetryDuration { get; set; }

    /// <summary>How long a direct dial may take. More than zero. Default 5 s.</summary>
    public TimeSpan DialTimeout { get; set; } = ConnectionManagerDefaults.DialTimeout;

    /// <summary>How long a dial through a proxy may take. More than zero. Default 60 s.</summary>
    public TimeSpan ProxyDialTimeout { get; set; } = ConnectionManagerDefaults.ProxyDialTimeout;

    /// <summary>How long the handshake may take, in both directions. More than zero. Default 60 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = ConnectionManagerDefaults.HandshakeTimeout;

    /// <summary>The number of outbound connections in one netgroup beyond which no further automatic one is made in it, from 1. Default 1.</summary>
    public int MaxOutboundPerNetgroup { get; set; } = ConnectionManagerDefaults.MaxOutboundPerNetgroup;

    /// <summary>What the health check finds healthy. May change at run time.</summary>
    public HealthSettings Health { get; set; } = new();

    /// <summary>What could not be read of the configuration, and once checked, whatever else is wrong: a sentence each.</summary>
    internal List<string> Errors { get; } = [];

    /// <summary>Whether the configuration section that was to be read is not there.</summary>
    internal bool IsSectionMissing { get; set; }

    /// <summary>The path of the section that was read; null for none.</summary>
    internal string? SectionPath { get; set; }

    /// <summary>The name of a setting as the user knows it: as it stands in configuration, when it comes from there.</summary>
    internal string NameOf(string path) => SectionPath is { Length: > 0 } section ? $"{section}:{path}" : path;

    /// <summary>Gives options of a manager all that is said here of it.</summary>
    internal void ApplyTo(ConnectionManagerOptions options)
    {
        options.TargetOutbound = TargetOutbound;
        options.MaxInbound = MaxInbound;
        ApplyRestTo(options);
    }

    /// <summary>Gives options of a manager what those of a <see cref="Bitcoin.PeerNetwork"/> don't say already.</summary>
    internal void ApplyRestTo(ConnectionManagerOptions options)
    {
        options.InboundLimits = InboundLimits;
        options.RetryDuration = RetryDuration;
        options.MaxRetryDuration = MaxRetryDuration;
        options.DialTimeout = DialTimeout;
        options.ProxyDialTimeout = ProxyDialTimeout;
        options.HandshakeTimeout = HandshakeTimeout;
        options.MaxOutboundPerNetgroup = MaxOutboundPerNetgroup;
    }
}
