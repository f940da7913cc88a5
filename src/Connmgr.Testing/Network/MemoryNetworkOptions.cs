using System.Net;

namespace Connmgr.Testing;

/// <summary>
/// The options of a <see cref="MemoryNetwork"/>. They are validated and copied when the network is created. Not thread-safe.
/// </summary>
public sealed class MemoryNetworkOptions : IValidatedOptions
{
    /// <summary>The default of <see cref="StreamCapacity"/>: 64 KiB, about the initial buffer of a TCP connection over loopback.</summary>
    public const int DefaultStreamCapacity = 65_536;

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The seed of all random draws (latencies from a range). The same seed and the same calls in the same order give the same behaviour.
    /// Default 0.
    /// </summary>
    public int Seed { get; set; }

    /// <summary>
    /// The behaviour of addresses that have no other: see <see cref="MemoryNetwork.DialAsync"/>. Default
    /// <see cref="HostBehavior.Unreachable"/>.
    /// </summary>
    public HostBehavior DefaultBehavior { get; set; } = HostBehavior.Unreachable;

    /// <summary>
    /// A function that returns the behaviour of addresses without an object for each. It is called at each dial of an address for which no
    /// behaviour was set, concurrently if dials are concurrent; null from it means that it does not know the address. Default: none.
    /// </summary>
    public Func<EndPoint, HostBehavior?>? Population { get; set; }

    /// <summary>
    /// True if code that waits for the network (a dial, a read, a write, an accept) continues within the call that ended the wait, on its
    /// thread: the advance of a fake clock, the write at the other end, the cancellation. A single-threaded test then sees all consequences
    /// when that call returns, always in the same order. False: it continues on the thread pool. Null, the default: inline unless
    /// <see cref="TimeProvider"/> is <see cref="TimeProvider.System"/>.
    /// </summary>
    public bool? RunContinuationsInline { get; set; }

    /// <summary>The maximum number of bytes under way in each direction of a connection, from 1; further writes wait. Default 65,536.</summary>
    public int StreamCapacity { get; set; } = DefaultStreamCapacity;

    /// <summary>The address from which <see cref="MemoryNetwork.DialAsync"/> dials targets other than IPv6. Default 10.0.0.1.</summary>
    public IPAddress LocalAddress { get; set; } = new([10, 0, 0, 1]);

    /// <summary>The address from which <see cref="MemoryNetwork.DialAsync"/> dials IPv6 targets. Default fd00::1.</summary>
    public IPAddress LocalAddressV6 { get; set; } = new([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="MemoryNetwork"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it as it is for the system's clock.";
        if (DefaultBehavior is null)
            yield return $"{nameof(DefaultBehavior)} is null; use {nameof(HostBehavior)}.{nameof(HostBehavior.Unreachable)}.";
        if (StreamCapacity < 1)
            yield return Invariant($"{nameof(StreamCapacity)} is {StreamCapacity}; it must be at least 1.");
        if (LocalAddress is null)
            yield return $"{nameof(LocalAddress)} is null; leave it as it is for 10.0.0.1.";
        if (LocalAddressV6 is null)
            yield return $"{nameof(LocalAddressV6)} is null; leave it as it is for fd00::1.";
    }
}
