using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>The objects that the peers of one <see cref="BitcoinProtocol"/> share.</summary>
internal sealed class PeerRuntime(BitcoinPeerOptions options)
{
    /// <summary>The number of checks within the shortest of a peer's times.</summary>
    private const int LooksPerTime = 16;

    private long _lastStreamId; // Interlocked.

    public BitcoinPeerOptions Options { get; } = options;

    public NonceSource Nonces { get; } = new(options.Random);

    public TrafficTally Traffic { get; } = new();

    public ReceiveTally Received { get; } = new();

    public TransportTally Transports { get; } = new();

    public SharedPace Pace { get; } = new(options.TimeProvider);

    public ReceiveBudget Budget { get; } = new(
        options.ReceiveBudget ?? BitcoinPeerOptions.DefaultReceiveBudget(options.Chain), options.TimeProvider, ReceiveBudget.GetLongestBuffer(options.Chain));

    /// <summary>The key exchange of the encrypted transport; null if it is not spoken.</summary>
    public IKeyExchange? KeyExchange { get; } = LoadKeyExchange(options).Exchange;

    /// <summary>The interest of the users' handlers.</summary>
    public MessageInterest Interest { get; } = new(options.MessageCommands);

    /// <summary>Gets an id for a peer without a connection: a negative number, which no connection has.</summary>
    public long NextStreamId() => Interlocked.Decrement(ref _lastStreamId);

    /// <summary>The callback for a connection that is read more slowly than it sends, called once for each. Must be quick.</summary>
    public Action<EndPoint?>? OnSlowed { get; set; }

    public SelfDetector Self { get; } = new();

    public PeerSweep Sweep { get; } = new(options.TimeProvider, SweepPeriod(options));

    /// <summary>Loads the key exchange, unless only v1 is spoken.</summary>
    /// <returns>The key exchange; null with the reason if the system lacks it, and without one if it is not wanted.</returns>
    public static (IKeyExchange? Exchange, string? Obstacle) LoadKeyExchange(BitcoinPeerOptions options) =>
        options.TransportByNetwork.Values.Append(options.Transport).All(static policy => policy == TransportPolicy.V1Only) ? (null, null)
        : options.Chain!.MaxPayloadLength > PacketFormat.MaxContents - ShortIds.LongestPrefix ? (null, "The chain's messages are longer than its packets can be.")
        : options.LoadKeyExchange();

    private static TimeSpan SweepPeriod(BitcoinPeerOptions options)
    {
        TimeSpan[] times = [options.PingInterval, options.PongTimeout, options.SendTimeout];
        var period = times.Min() / LooksPerTime;
        return period < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : period;
    }
}
