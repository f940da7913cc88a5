using System.Net;

namespace Connmgr;

/// <summary>The options of a <see cref="TorResolver"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class TorResolverOptions : IValidatedOptions
{
    private const int MaxLookupsPerName = 8;

    /// <summary>
    /// The time limit of one look-up, from the start of the connect to the last byte of the answer. More than zero, at most 24 days.
    /// Default 30 s, btcd's dial timeout; Tor alone can take two minutes to give up.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sent to the proxy with each look-up. Tor sends look-ups and connections of other credentials over other circuits. Null, the
    /// default: none are offered.
    /// </summary>
    public ProxyCredentials? Credentials { get; set; }

    /// <summary>
    /// The source of separate credentials, and so circuits, for each look-up. Share one object with the diallers of the same purpose. Null,
    /// the default: off. Must be null when <see cref="Credentials"/> are given.
    /// </summary>
    public StreamIsolation? Isolation { get; set; }

    /// <summary>
    /// The number of simultaneous look-ups of a name by <see cref="TorResolver.LookupAsync"/>, 1 to 8; the answer combines all of them.
    /// Tor returns one address of a name, and other exits return others, so a DNS seed is asked 8 times. Above 1 it needs
    /// <see cref="Isolation"/>. Default 1.
    /// </summary>
    public int LookupsPerName { get; set; } = 1;

    /// <summary>
    /// The callback that connects to the proxy. The resolver disposes the stream, even one that arrives too late. Null, the default: TCP
    /// for an <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>, a unix socket for a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="TorResolver"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors(), .. OptionsErrors.OfTimeout(nameof(Timeout), Timeout)];

    /// <summary>Copies the options.</summary>
    internal TorResolverOptions Copy() => (TorResolverOptions)MemberwiseClone();

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it as it is for the system's clock.";
        if (this is { Credentials: not null, Isolation: not null })
            yield return $"{nameof(Credentials)} and {nameof(Isolation)} are both set; a look-up has one user name, so set one of them.";
        if (LookupsPerName is < 1 or > MaxLookupsPerName)
            yield return Invariant($"{nameof(LookupsPerName)} is {LookupsPerName}; give 1 to {MaxLookupsPerName}.");
        if (this is { LookupsPerName: > 1, Isolation: null })
        {
            yield return Invariant($"{nameof(LookupsPerName)} is {LookupsPerName} but {nameof(Isolation)} is null; ")
                + "set it, or all look-ups go to the same exit and give the same address.";
        }
    }
}
