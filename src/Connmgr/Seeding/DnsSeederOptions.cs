using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The options of a <see cref="DnsSeeder"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class DnsSeederOptions
{
    /// <summary>
    /// How names are looked up. Called once per seed, concurrently, each on a thread of the pool. Null, the default: the system's
    /// resolver, asked for the absolute name (with a trailing dot), so that search domains neither see nor answer it; a hosts file must
    /// then hold the name with the dot as well.
    /// </summary>
    public LookupFunc? Lookup { get; set; }

    /// <summary>
    /// How long one look-up may take. More than zero, at most 24 days. Default 60 s: more than the default of
    /// <see cref="TorResolverOptions.Timeout"/>, so that the resolver's own, more precise error is the one that is reported.
    /// </summary>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(60);

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

    /// <summary>Where log lines go. Default: none, silent.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }
}
