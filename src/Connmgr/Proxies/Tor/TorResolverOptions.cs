using System.Net;

namespace Connmgr;

/// <summary>The options of a <see cref="TorResolver"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class TorResolverOptions
{
    private const int MaxLookupsPerName = 8;

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
    /// Gives each look-up credentials, and so a circuit, of its own. Share one object with the diallers of the same purpose. Null, the
    /// default: off. Must be null when <see cref="Credentials"/> are given.
    /// </summary>
    public StreamIsolation? Isolation { get; set; }

    /// <summary>
    /// How often a name is looked up by <see cref="TorResolver.LookupAsync"/>, at the same time, 1 to 8; the answer is what all of them
    /// gave. Tor tells one address of a name, and other exits tell others, so a DNS seed is asked 8 times. Above 1 it needs
    /// <see cref="Isolation"/>. Default 1.
    /// </summary>
    public int LookupsPerName { get; set; } = 1;

    /// <summary>
    /// Connects to the proxy. The resolver disposes the stream, also one that comes too late. Null, the default: TCP for an
    /// <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>, a unix socket for a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>What is wrong with them; null when nothing is.</summary>
    internal string? Fault() => this switch
    {
        { TimeProvider: null } => "TimeProvider is null; leave it as it is for the system's clock.",
        _ when Timeout <= TimeSpan.Zero || Timeout.TotalMilliseconds > int.MaxValue =>
            $"Timeout is {Timeout}; give more than zero and at most 24 days.",
        { Credentials: not null, Isolation: not null } => "Credentials and Isolation are both set; a look-up has one user name, so set one of them.",
        { LookupsPerName: < 1 or > MaxLookupsPerName } => Invariant($"LookupsPerName is {LookupsPerName}; give 1 to {MaxLookupsPerName}."),
        { LookupsPerName: > 1, Isolation: null } =>
            Invariant($"LookupsPerName is {LookupsPerName} but Isolation is null; set it, or all look-ups go to the same exit and give the same address."),
        _ => null,
    };
}
