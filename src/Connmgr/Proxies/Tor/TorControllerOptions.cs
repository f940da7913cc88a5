using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The options of a <see cref="TorController"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class TorControllerOptions : IValidatedOptions
{
    /// <summary>
    /// The password of Tor's HashedControlPassword. Null, the default: Tor's cookie is used, or nothing where that will do.
    /// </summary>
    public string? Password { get; set; }

    /// <summary>
    /// True to send Tor's cookie unprotected (COOKIE) to a control port that does not offer SAFECOOKIE. The control port names the file, so
    /// the program that listens there receives the content of any file of 32 bytes that this process can read. SAFECOOKIE, which Tor offers
    /// since 0.2.3, first has the other side prove that it knows the content. Default false, as in Bitcoin Core.
    /// </summary>
    public bool AllowPlainCookie { get; set; }

    /// <summary>The onion service to serve. Default null: none.</summary>
    public OnionServiceOptions? OnionService { get; set; }

    /// <summary>True to ask Tor for its SOCKS port, for <see cref="TorState.SocksProxy"/>. Default true.</summary>
    public bool DiscoverProxy { get; set; } = true;

    /// <summary>
    /// Called with each new state, one at a time, in order; must be quick. What it throws is logged. Default: none. See also
    /// <see cref="TorController.WaitAsync"/>.
    /// </summary>
    public Action<TorState>? OnChanged { get; set; }

    /// <summary>
    /// The time limit to connect, to authenticate and to get all answers. More than zero, at most 24 days. Default 60 s.
    /// </summary>
    public TimeSpan SetupTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The pause before Tor is connected to again; each further one is half as long again, up to <see cref="MaxRetryDuration"/>, of which
    /// a random share of up to a quarter is left out. More than zero. Default 1 s, as in Bitcoin Core.
    /// </summary>
    public TimeSpan RetryDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such pause. From <see cref="RetryDuration"/>, at most 24 days. Default 10 min, as in Bitcoin Core.</summary>
    public TimeSpan MaxRetryDuration { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The callback that connects to the control port. The controller disposes the stream. Null, the default: TCP for an
    /// <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>, a unix socket for a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The source of chance, for the pauses. Not to be shared with others. Null, the default: one seeded by the system.</summary>
    public Random? Random { get; set; }

    /// <summary>The factory of the loggers. Default: none, silent.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="TorController"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. RetryPauses.GetErrors(RetryDuration, MaxRetryDuration),
        .. OptionsErrors.OfTimeout(nameof(SetupTimeout), SetupTimeout),
        .. OptionsErrors.Under(nameof(OnionService), OnionService),
    ];

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (Password?.Any(char.IsControl) == true)
            yield return $"{nameof(Password)} holds a control character; Tor takes none.";
    }
}
