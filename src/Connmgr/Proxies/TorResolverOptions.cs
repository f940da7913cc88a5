using System.Net;

namespace Connmgr;

/// <summary>The options of a <see cref="TorResolver"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class TorResolverOptions
{
    /// <summary>
    /// How long one look-up may take, from the start of the connect to the last byte of the answer. More than zero, at most 24 days.
    /// Default 30 s, btcd's dial timeout; Tor alone can take two minutes to give up.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sent to the proxy with each look-up. Tor sends look-ups and connections of other credentials over other circuits. Null, the
    /// default: none are offered.
    /// </summary>
    public ProxyCredentials? Credentials { get; set; }

    /// <summary>
    /// Connects to the proxy. The resolver disposes the stream, also one that comes too late. Null, the default: TCP for an
    /// <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>, a unix socket for a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
