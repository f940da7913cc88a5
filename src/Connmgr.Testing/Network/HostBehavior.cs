namespace Connmgr.Testing;

/// <summary>
/// What a host of a <see cref="MemoryNetwork"/> does when it is dialled, and what then happens to the connection. Immutable: derive one
/// from another with <c>with</c>, and share one between as many addresses as you like.
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
    /// Accepts for the <see cref="MemoryListener"/> at the address, and refuses when there is none. This is the behaviour of an address
    /// that is listened on and that no other behaviour was given.
    /// </summary>
    public static HostBehavior Listening { get; } = new();

    /// <summary>Accepts, then says nothing and discards what it hears, until the dialer closes.</summary>
    public static HostBehavior Silent { get; } = new() { Service = SilentService.RunAsync };

    /// <summary>Refuses, at once.</summary>
    public static HostBehavior Refusing { get; } = new() { Answer = HostAnswer.Refuse };

    /// <summary>Never answers.</summary>
    public static HostBehavior Swallowing { get; } = new() { Answer = HostAnswer.Swallow };

    /// <summary>Cannot be reached, which is known at once.</summary>
    public static HostBehavior Unreachable { get; } = new() { Answer = HostAnswer.Unreachable };

    /// <summary>How a dial is answered. Default <see cref="HostAnswer.Accept"/>.</summary>
    public HostAnswer Answer { get; init; }

    /// <summary>
    /// How long the answer takes. Default: none, the dial then ends before it returns to its caller. Has no meaning for
    /// <see cref="HostAnswer.Swallow"/>.
    /// </summary>
    public LatencyRange Latency { get; init; }

    /// <summary>
    /// What the host does with a connection: it is called with the host's end, an <see cref="IStreamEndPoints"/>, and a token that is
    /// cancelled when the network is disposed. When its task ends the host's end is closed. Null, the default: the connection goes to
    /// the <see cref="MemoryListener"/> at the address.
    /// </summary>
    public Func<Stream, CancellationToken, Task>? Service { get; init; }

    /// <summary>
    /// The number of bytes, those of both directions counted together, after which the connection is reset, from 0. What was sent up to
    /// there can still be read. Default: none, it is not.
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

    /// <summary>The age at which the connection is reset, from zero. Default: none, it is not.</summary>
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
    /// The age at which the host closes the connection, from zero: the dialer then reads the end once it has read what was
    /// sent before. Default: none, it does not.
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

    /// <summary>The pace at which the host's words reach the dialer. Default: none, at once.</summary>
    public TalkPace? Pace { get; init; }

    /// <summary>
    /// Whether a dial goes on when its token is cancelled, as a dialer does that does not heed it: it then ends as it would have, late. A
    /// dial that is swallowed too ends only when the network is disposed. Default false.
    /// </summary>
    public bool IgnoresCancellation { get; init; }

    /// <summary>Accepts and runs a service on each connection.</summary>
    /// <param name="service">See <see cref="Service"/>.</param>
    /// <returns>The behaviour.</returns>
    public static HostBehavior Serving(Func<Stream, CancellationToken, Task> service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return new HostBehavior { Service = service };
    }
}
