using System.Net;

namespace Connmgr;

/// <summary>The options of a <see cref="Socks5Dialer"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class Socks5DialerOptions : IValidatedOptions
{
    /// <summary>
    /// The time limit of a dial, from the start of the connect to the proxy to the last byte of its answer. More than zero, at most 24
    /// days. Default 60 s, as <see cref="ConnectionManagerOptions.ProxyDialTimeout"/>; Tor alone can take two minutes to give up.
    /// </summary>
    public TimeSpan Timeout { get; set; } = ConnectionManagerDefaults.ProxyDialTimeout;

    /// <summary>
    /// The part of that time in which the proxy itself must answer: the connect and the authentication. Anything slower is the proxy's
    /// failure, not the peer's. More than zero, at most 24 days. Default 20 s, Bitcoin Core's limit for each read.
    /// </summary>
    public TimeSpan ProxyTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The source of separate credentials for each connection, which Tor's default setting (IsolateSOCKSAuth) turns into separate circuits.
    /// Share one object among diallers and resolvers of one purpose. Default: a new one, so isolation is on. Null: no credentials are
    /// offered. Must be null when <see cref="Credentials"/> are given, or those would not be sent.
    /// </summary>
    public StreamIsolation? Isolation { get; set; } = new();

    /// <summary>
    /// Names the group of an address: connections of one group share credentials, and so may share circuits. Null for an address that has
    /// none, which is isolated alone. Called at each dial, concurrently. Default: none has a group. Without <see cref="Isolation"/> not
    /// used.
    /// </summary>
    public Func<EndPoint, string?>? GetIsolationGroup { get; set; }

    /// <summary>
    /// True to refuse a proxy that does not take user names, rather than to use it without isolation. Default false, as in Bitcoin Core:
    /// proxies other than Tor often take none, and isolate nothing.
    /// </summary>
    public bool RequireIsolation { get; set; }

    /// <summary>
    /// A user name and password for a proxy that checks them. They are offered alone: a proxy that does without is refused. Default null:
    /// none.
    /// </summary>
    public ProxyCredentials? Credentials { get; set; }

    /// <summary>
    /// The callback that connects to the proxy. The dialler disposes the stream, even one that arrives too late. Null, the default: TCP for
    /// an <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>, a unix socket for a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="Socks5Dialer"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. OptionsErrors.OfTimeout(nameof(Timeout), Timeout),
        .. OptionsErrors.OfTimeout(nameof(ProxyTimeout), ProxyTimeout),
    ];

    /// <summary>Copies the options.</summary>
    internal Socks5DialerOptions Copy() => (Socks5DialerOptions)MemberwiseClone();

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it as it is for the system's clock.";
        if (Credentials is not null && Isolation is not null)
            yield return $"{nameof(Credentials)} and {nameof(Isolation)} are both set; set {nameof(Isolation)} to null, as a connection has one user name.";
        if (RequireIsolation && Isolation is null)
            yield return $"{nameof(RequireIsolation)} is set but {nameof(Isolation)} is null; set both or neither.";
    }
}
