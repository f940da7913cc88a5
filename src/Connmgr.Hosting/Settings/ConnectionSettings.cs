using System.Net;

namespace Connmgr.Hosting;

/// <summary>
/// Settings of connections, whatever their protocol. Plain data, which may be read again at any time: settings that may change at run time
/// then take effect, the others at the next start. Names and defaults are those of <see cref="ConnectionManagerOptions"/>. Not thread-safe.
/// </summary>
public abstract class ConnectionSettings
{
    private protected ConnectionSettings()
    {
    }

    /// <summary>The number of outbound connections to keep, from 0. Default 8. May change at run time.</summary>
    public int TargetOutbound { get; set; } = ConnectionManagerDefaults.TargetOutbound;

    /// <summary>The maximum number of inbound connections, from 0; null, in configuration the word unlimited, for no limit. Default no limit; 117 for the peers of a chain. May change at run time.</summary>
    public int? MaxInbound { get; set; }

    /// <summary>The limits of inbound connections by source, by rate and in total. May change at run time, for later connections.</summary>
    public InboundLimits InboundLimits { get; set; } = new();

    /// <summary>
    /// The peers to keep connected, in addition to the target: IP:PORT, [IPv6]:PORT or NAME:PORT. Without a port, or with port 0, the chain's
    /// default port. Default: none. May change at run time.
    /// </summary>
    public IList<EndPoint> PermanentPeers { get; set; } = [];

    /// <summary>The local addresses to accept connections on, IP:PORT. Port 0 lets the system choose. Default: none, no inbound connections.</summary>
    public IList<IPEndPoint> ListenOn { get; set; } = [];

    /// <summary>The interfaces to accept connections on, NAME:PORT, such as eth0:8333: on each address that they have at the start. Default: none.</summary>
    public IList<DnsEndPoint> ListenOnInterfaces { get; set; } = [];

    /// <summary>
    /// The local addresses that only the user's onion services forward to, IP:PORT: no score and no limit counts by address there. Default:
    /// none.
    /// </summary>
    public IList<IPEndPoint> OnionListenOn { get; set; } = [];

    /// <summary>The time before a failed request is tried again, and for which a failed address is not dialled again. More than zero. Default 5 s.</summary>
    public TimeSpan RetryDuration { get; set; } = ConnectionManagerDefaults.RetryDuration;

    /// <summary>
    /// The longest time between two attempts of a permanent peer. At least <see cref="RetryDuration"/>. Null, the default: 5 min, or
    /// <see cref="RetryDuration"/> when that is longer.
    /// </summary>
    public TimeSpan? MaxRetryDuration { get; set; }

    /// <summary>The time that a direct dial may take. More than zero. Default 5 s.</summary>
    public TimeSpan DialTimeout { get; set; } = ConnectionManagerDefaults.DialTimeout;

    /// <summary>The time that a dial through a proxy may take. More than zero. Default 60 s.</summary>
    public TimeSpan ProxyDialTimeout { get; set; } = ConnectionManagerDefaults.ProxyDialTimeout;

    /// <summary>The time that the handshake may take, in both directions. More than zero. Default 60 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = ConnectionManagerDefaults.HandshakeTimeout;

    /// <summary>The number of outbound connections in one netgroup from which no further automatic one is made in it, from 1. Default 1.</summary>
    public int MaxOutboundPerNetgroup { get; set; } = ConnectionManagerDefaults.MaxOutboundPerNetgroup;

    /// <summary>The thresholds of the health check. May change at run time.</summary>
    public HealthSettings Health { get; set; } = new();

    /// <summary>The number of outbound connections to keep, whatever their groups.</summary>
    internal virtual int WantedOutbound => TargetOutbound;

    /// <summary>The errors, a sentence each: of reading the configuration, and after validation all others.</summary>
    internal List<string> Errors { get; } = [];

    /// <summary>True when the configuration section does not exist.</summary>
    internal bool IsSectionMissing { get; set; }

    /// <summary>The path of the section that was read; null for none.</summary>
    internal string? SectionPath { get; set; }

    /// <summary>Gets the name of a setting as the user knows it: its full path in configuration, if the settings come from there.</summary>
    internal string GetName(string path) => SectionPath is { Length: > 0 } section ? $"{section}:{path}" : path;

    /// <summary>Copies these settings to the options of a manager.</summary>
    internal void ApplyTo(ConnectionManagerOptions options)
    {
        options.TargetOutbound = WantedOutbound;
        options.MaxInbound = MaxInbound;
        ApplyConnectionOptionsTo(options);
    }

    /// <summary>Copies the settings that <see cref="Bitcoin.PeerNetworkOptions"/> do not have, to the options of the manager of a network.</summary>
    internal void ApplyConnectionOptionsTo(ConnectionManagerOptions options)
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

/// <summary>Settings of a <see cref="ConnectionManager"/>, as configuration has them. Not thread-safe.</summary>
public sealed class ConnectionManagerSettings : ConnectionSettings;
