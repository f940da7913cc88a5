using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The options of a <see cref="DnsSeeder"/>. Validated and copied when the seeder is created. Not thread-safe.</summary>
public sealed class DnsSeederOptions : IValidatedOptions
{
    /// <summary>
    /// The callback that looks up names. Called for several seeds at once, each on a thread of the pool. Null, the default: the system's
    /// resolver, with the absolute name (with a trailing dot), so that search domains neither see nor answer it; a hosts file must then
    /// contain the name with the dot as well.
    /// </summary>
    public LookupFunc? Lookup { get; set; }

    /// <summary>
    /// The time limit of one seed, including repeated look-ups and the pauses between them. More than zero, at most 24 days. Default 60 s,
    /// which is more than the default of <see cref="TorResolverOptions.Timeout"/>, so that the more precise error of that resolver is
    /// reported.
    /// </summary>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The maximum number of look-ups of a name if they throw. 1 or more. Default 3. The answer that the name, or an address for it, does
    /// not exist (a <see cref="SocketException"/> with <see cref="SocketError.HostNotFound"/> or <see cref="SocketError.NoData"/>) is final
    /// and not repeated.
    /// </summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>
    /// The pause before a failed look-up is repeated, multiplied by the number of failures. From zero to 24 days divided by
    /// <see cref="MaxAttempts"/>. Default 1 s.
    /// </summary>
    public TimeSpan RetryDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The maximum number of addresses from one seed, the first of its answer; further ones are dropped, so that no seed can fill an
    /// address book alone. 1 or more. Default 32, as in Bitcoin Core.
    /// </summary>
    public int MaxAddressesPerSeed { get; set; } = 32;

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The random numbers for the age of each address. Used under a lock of the seeder, so do not share the instance. Null, the default: an
    /// instance seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>The factory of the loggers. Default none, which logs nothing.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The meter factory, as <see cref="ConnectionManagerOptions.MeterFactory"/>.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>The instance name, as <see cref="ConnectionManagerOptions.InstanceName"/>.</summary>
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
/// Looks up the addresses of a host name. <see cref="TorResolver.LookupAsync"/> is an implementation for seeding that hides the requested
/// names from observers on the path.
/// </summary>
/// <param name="host">The name, without a trailing dot; may be an IP literal.</param>
/// <param name="cancellationToken">Cancels the look-up.</param>
/// <returns>The addresses, IPv4 and IPv6; empty if the name has none.</returns>
/// <exception cref="Exception">The look-up failed. Any exception is allowed.</exception>
public delegate ValueTask<IReadOnlyList<IPAddress>> LookupFunc(string host, CancellationToken cancellationToken);
