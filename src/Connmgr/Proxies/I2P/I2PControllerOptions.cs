using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The options of an <see cref="I2PController"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class I2PControllerOptions : IValidatedOptions
{
    internal const int MaxSpareSessions = 10;
    internal const int MaxTunnelLength = 7;

    /// <summary>
    /// True to accept connections at a persistent address, for <see cref="I2PController.Listener"/>, and to dial from it, as Bitcoin Core does
    /// with -i2pacceptincoming. False to dial from addresses that are made for one connection each, so that peers can't tell that they have
    /// the same neighbour. Default false.
    /// </summary>
    public bool AcceptConnections { get; set; }

    /// <summary>
    /// The file of the private key of the persistent address: read when it is there, else written, for its owner alone (0600). The form is
    /// that of Bitcoin Core's i2p_private_key. Null, the default: the key is in memory, and the address another one each time the program
    /// runs.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// The number of sessions for connections to come, without <see cref="AcceptConnections"/>: the router builds the tunnels of a session
    /// for seconds, for which no dial then waits. 0 to 10. Default 2.
    /// </summary>
    public int SpareSessions { get; set; } = 2;

    /// <summary>
    /// The number of routers in each tunnel, 0 to 7; fewer are faster and hide less. Null, the default: the router's own default, usually 3.
    /// </summary>
    public int? TunnelLength { get; set; }

    /// <summary>
    /// Called with each new state, one at a time, in order; must be quick. What it throws is logged. Default: none. See also
    /// <see cref="I2PController.WaitAsync"/>.
    /// </summary>
    public Action<I2PState>? OnChanged { get; set; }

    /// <summary>
    /// The time limit to connect to the router and to be greeted by it, and for its word that it waits for peers. More than zero, at most 24
    /// days. Default 20 s.
    /// </summary>
    public TimeSpan SetupTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The time limit for a session, whose tunnels the router builds, and for a new key. More than zero, at most 24 days. Default 3 min,
    /// Bitcoin Core's for any reply.
    /// </summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// The time limit of a dial, with the wait for a session. More than zero, at most 24 days. Default 60 s, as
    /// <see cref="ConnectionManagerOptions.ProxyDialTimeout"/>.
    /// </summary>
    public TimeSpan DialTimeout { get; set; } = ConnectionManagerDefaults.ProxyDialTimeout;

    /// <summary>
    /// The pause before another session is tried after a failure; each further one is half as long again, up to
    /// <see cref="MaxRetryDuration"/>, of which a random share of up to a quarter is left out. More than zero. Default 1 s, as in Bitcoin Core.
    /// </summary>
    public TimeSpan RetryDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such pause. From <see cref="RetryDuration"/>, at most 24 days. Default 5 min, as in Bitcoin Core.</summary>
    public TimeSpan MaxRetryDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The callback that connects to the router. The controller disposes the stream. Null, the default: TCP for an <see cref="IPEndPoint"/> or
    /// <see cref="DnsEndPoint"/>, a unix socket for a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The source of chance, for the pauses. Not to be shared with others. Null, the default: one seeded by the system.</summary>
    public Random? Random { get; set; }

    /// <summary>The factory of the loggers. Default: none, silent.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="I2PController"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. RetryPauses.GetErrors(RetryDuration, MaxRetryDuration),
        .. OptionsErrors.OfTimeout(nameof(SetupTimeout), SetupTimeout),
        .. OptionsErrors.OfTimeout(nameof(SessionTimeout), SessionTimeout),
        .. OptionsErrors.OfTimeout(nameof(DialTimeout), DialTimeout),
    ];

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (KeyFile is { Length: 0 })
            yield return $"{nameof(KeyFile)} is empty; use null for none.";
        if (KeyFile is not null && !AcceptConnections)
            yield return $"{nameof(KeyFile)} is set but {nameof(AcceptConnections)} is not; set both or neither.";
        if (SpareSessions is < 0 or > MaxSpareSessions)
            yield return Invariant($"{nameof(SpareSessions)} is {SpareSessions}; give 0 to {MaxSpareSessions}.");
        if (TunnelLength is < 0 or > MaxTunnelLength)
            yield return Invariant($"{nameof(TunnelLength)} is {TunnelLength}; give 0 to {MaxTunnelLength}, or null for the router's default.");
    }
}
