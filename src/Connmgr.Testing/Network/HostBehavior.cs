namespace Connmgr.Testing;

/// <summary>
/// The behaviour of a host of a <see cref="MemoryNetwork"/>: its answer to a dial, and the fate of the connection. Immutable: derive one
/// from another with <c>with</c>, and share one between any number of addresses.
/// </summary>
/// <example>
/// <code>
/// var slowAndDying = HostBehavior.Serving(service) with
/// {
///     Latency = TimeSpan.FromMilliseconds(300),
///     ResetAfterBytes = 100,
/// };
/// </code>
/// </example>
public sealed record HostBehavior
{
    /// <summary>
    /// A host that accepts for the <see cref="MemoryListener"/> at the address, and refuses if there is none. This is the behaviour of an address with a
    /// listener and without a behaviour that was set.
    /// </summary>
    public static HostBehavior Listening { get; } = new();

    /// <summary>A host that accepts, then sends nothing and discards all it receives, until the dialer closes.</summary>
    public static HostBehavior Silent { get; } = new() { Service = SilentService.RunAsync };

    /// <summary>A host that refuses at once.</summary>
    public static HostBehavior Refusing { get; } = new() { Answer = HostAnswer.Refuse };

    /// <summary>A host that never answers.</summary>
    public static HostBehavior Swallowing { get; } = new() { Answer = HostAnswer.Swallow };

    /// <summary>A host that cannot be reached: dials fail at once.</summary>
    public static HostBehavior Unreachable { get; } = new() { Answer = HostAnswer.Unreachable };

    /// <summary>The answer to a dial. Default <see cref="HostAnswer.Accept"/>.</summary>
    public HostAnswer Answer { get; init; }

    /// <summary>
    /// The time until the answer. Default: none, the dial then ends before the call returns. Ignored for <see cref="HostAnswer.Swallow"/>.
    /// </summary>
    public DurationRange Latency { get; init; }

    /// <summary>
    /// The function that handles a connection. It receives the host's end, an <see cref="IStreamEndPoints"/>, and a token that is cancelled
    /// when the network is disposed. The host's end closes when its task ends. Null, the default: the connection goes to the
    /// <see cref="MemoryListener"/> at the address.
    /// </summary>
    public Func<Stream, CancellationToken, Task>? Service { get; init; }

    /// <summary>
    /// The number of bytes, in both directions together, after which the connection is reset, from 0. Bytes sent until then can still be
    /// read. Default: none, no reset.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long? ResetAfterBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>The age at which the connection is reset, from zero. Default: none, no reset.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan? ResetAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? TimeSpan.Zero, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// The age at which the host closes the connection, from zero: the dialer then reads the end of the
    /// stream after all that was sent before. Default: none, it does not close.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan? CloseAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? TimeSpan.Zero, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>The rate at which the host's bytes reach the dialer. Default: none, at once.</summary>
    public SendRate? SendRate { get; init; }

    /// <summary>
    /// True if a dial continues when its token is cancelled, as with a dialer that ignores its token: the dial then ends late, as it would have
    /// anyway. A swallowed dial then ends only when the network is disposed. Default false.
    /// </summary>
    public bool IgnoresCancellation { get; init; }

    /// <summary>Creates a host that accepts and runs a service on each connection.</summary>
    /// <param name="service">See <see cref="Service"/>.</param>
    /// <returns>The behaviour.</returns>
    public static HostBehavior Serving(Func<Stream, CancellationToken, Task> service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return new HostBehavior { Service = service };
    }
}
