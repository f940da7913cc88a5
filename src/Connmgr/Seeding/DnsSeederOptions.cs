using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The options of a <see cref="DnsSeeder"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class DnsSeederOptions : IValidatedOptions
{
    /// <summary>
    /// The callback that looks up names. Called for several seeds at once, each on a thread of the pool. Null, the default: the system's
    /// resolver, asked for the absolute name (with a trailing dot), so that search domains neither see nor answer it; a hosts file must
    /// then hold the name with the dot as well.
    /// </summary>
    public LookupFunc? Lookup { get; set; }

    /// <summary>
    /// The time limit of one seed, including repeated look-ups and the pauses between them. More than zero, at most 24 days. Default 60 s:
    /// more than the default of <see cref="TorResolverOptions.Timeout"/>, so that the resolver's own, more precise error is the one that is
    /// reported.
    /// </summary>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The maximum number of look-ups of a name when the look-up throws. From 1. Default 3. The absence of the name, or of an address for it
    /// (a <see cref="SocketException"/> with <see cref="SocketError.HostNotFound"/> or <see cref="SocketError.NoData"/>), is an answer: it
    /// is not asked for again.
    /// </summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>
    /// The pause before a look-up is repeated, that many times longer as it has failed. From zero, at most 24 days divided by
    /// <see cref="MaxAttempts"/>. Default 1 s.
    /// </summary>
    public TimeSpan RetryDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The most addresses taken from one seed, the first of its answer; the rest are dropped, so that no seed can fill an address book
    /// alone. From 1. Default 32, as in Bitcoin Core.
    /// </summary>
    public int MaxAddressesPerSeed { get; set; } = 32;

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The source of chance, for the age given to each address. Used under a lock of the seeder's, so it must not be shared with others.
    /// Null, the default: one seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>The factory of the loggers. Default: none, silent.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>As <see cref="ConnectionManagerOptions.MeterFactory"/>.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>As <see cref="ConnectionManagerOptions.InstanceName"/>.</summary>
    public string? InstanceName { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="DnsSeeder"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors(), .. OptionsErrors.OfTimeout(nameof(LookupTimeout), LookupTimeout)];

    /// <summary>Copies the options.</summary>
    internal DnsSeederOptions Copy() => (DnsSeederOptions)MemberwiseClone();

    private IEnumerable<string> Errors()
    {
        if (InstanceName is { Length: 0 })
            yield return $"{nameof(InstanceName)} is empty; leave it out for the default.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it as it is for the system's clock.";
        if (MaxAttempts < 1)
            yield return Invariant($"{nameof(MaxAttempts)} is {MaxAttempts}; give at least 1.");
        if (RetryDuration < TimeSpan.Zero || RetryDuration.TotalMilliseconds * MaxAttempts > int.MaxValue)
            yield return $"{nameof(RetryDuration)} is {RetryDuration}; give zero or more, and at most 24 days when multiplied by {nameof(MaxAttempts)}.";
        if (MaxAddressesPerSeed < 1)
            yield return Invariant($"{nameof(MaxAddressesPerSeed)} is {MaxAddressesPerSeed}; give at least 1.");
    }
}

/// <summary>
/// Looks up the addresses of a host name. <see cref="TorResolver.LookupAsync"/> is one, for seeding that hides the requested names from
/// observers on the path.
/// </summary>
/// <param name="host">The name, without a trailing dot; may be an IP literal.</param>
/// <param name="cancellationToken">Cancelled when the answer is no longer wanted.</param>
/// <returns>The addresses, IPv4 and IPv6; empty when the name has none.</returns>
/// <exception cref="Exception">The look-up failed. Any exception will do.</exception>
public delegate ValueTask<IReadOnlyList<IPAddress>> LookupFunc(string host, CancellationToken cancellationToken);
