namespace Connmgr.Testing;

/// <summary>
/// The options of a <see cref="SandboxNetwork"/>. They are validated and copied when it is created. The defaults have some of everything.
/// No time may be longer than a day. Not thread-safe.
/// </summary>
public sealed class SandboxNetworkOptions : IValidatedOptions
{
    /// <summary>The default of <see cref="Peers"/>: 400.</summary>
    public const int DefaultPeers = 400;

    /// <summary>The maximum of <see cref="Peers"/>: 1,000,000.</summary>
    public const int MaxPeers = 1_000_000;

    private const int MaxBlocks = 10_000;

    private const double RoundingError = 1e-9;

    /// <summary>The longest time allowed, well below the maximum of timers.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    /// <summary>The number of addresses, dead ones included, from 1 to <see cref="MaxPeers"/>. Default 400.</summary>
    public int Peers { get; set; } = DefaultPeers;

    /// <summary>The share of all addresses, from 0 to 1, that are IPv6. Default 0.1.</summary>
    public double IPv6Share { get; set; } = 0.1;

    /// <summary>
    /// The share of all addresses, from 0 to 1, that are dead: of them 60 % swallow dials, 25 % refuse, 15 % are unreachable. Default 0.5.
    /// </summary>
    public double DeadShare { get; set; } = 0.5;

    /// <summary>
    /// The share of the hosts that are not dead, from 0 to 1, that are <see cref="SandboxHostKind.Slow"/>. Default 0.1. This and the four
    /// shares below are of the hosts that are not dead, and together at most 1; the rest are <see cref="SandboxHostKind.Live"/>.
    /// </summary>
    public double SlowShare { get; set; } = 0.1;

    /// <summary>The share of the hosts that are not dead that are <see cref="SandboxHostKind.Resetting"/>. Default 0.05.</summary>
    public double ResettingShare { get; set; } = 0.05;

    /// <summary>The share of the hosts that are not dead that are <see cref="SandboxHostKind.Silent"/>. Default 0.05.</summary>
    public double SilentShare { get; set; } = 0.05;

    /// <summary>
    /// The share of the hosts that are not dead that end the connection: three quarters of them are <see cref="SandboxHostKind.Leaving"/>, one
    /// quarter <see cref="SandboxHostKind.Crashing"/>. Default 0.3.
    /// </summary>
    public double RestlessShare { get; set; } = 0.3;

    /// <summary>
    /// The share of the hosts that are not dead that break the protocol: a fifth each are <see cref="SandboxHostKind.WrongChain"/>,
    /// <see cref="SandboxHostKind.Obsolete"/>, <see cref="SandboxHostKind.Babbling"/>, <see cref="SandboxHostKind.Corrupting"/> and
    /// <see cref="SandboxHostKind.Oversized"/>. Default 0.1.
    /// </summary>
    public double HostileShare { get; set; } = 0.1;

    /// <summary>
    /// The range from which each host's latency is drawn, once. Answers to dials, and messages to the host, take that time, so it is about the
    /// ping time too. Default 5 to 150 ms.
    /// </summary>
    public DurationRange Latency { get; set; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(150));

    /// <summary>The same as <see cref="Latency"/> for slow hosts. Default 0.8 to 3 s.</summary>
    public DurationRange SlowLatency { get; set; } = new(TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(3));

    /// <summary>
    /// The range from which the time after the handshake is drawn, once for each host, after which it leaves, crashes or breaks the protocol,
    /// and the duration of each visit. Default 10 s to 2 min.
    /// </summary>
    public DurationRange RestlessLifetime { get; set; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(2));

    /// <summary>
    /// The number of blocks after the first that the chain has at the beginning, from 0 to 10,000. Default 200: coins of the first hundred can be
    /// spent (<see cref="SandboxChain.Pay"/>).
    /// </summary>
    public int Blocks { get; set; } = 200;

    /// <summary>The time from one block to the next. More than zero. Default 20 s.</summary>
    public TimeSpan BlockInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The maximum number of hosts connected to one listener of <see cref="SandboxNetwork.Listen"/> at a time, from 0: with 0, none dials in.
    /// Default 6.
    /// </summary>
    public int MaxVisitors { get; set; } = 6;

    /// <summary>The range from which the time from one visit to the next is drawn. More than zero. Default 2 to 12 s.</summary>
    public DurationRange VisitInterval { get; set; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(12));

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The seed of all random draws: addresses, the behaviour of each host, the order of the address source, visits. Default 0.
    /// </summary>
    public int Seed { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="SandboxNetwork"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. ShareErrors(),
        .. TimeErrors(),
    ];

    /// <summary>Creates a copy that later changes do not affect.</summary>
    internal SandboxNetworkOptions Copy() => (SandboxNetworkOptions)MemberwiseClone();

    private IEnumerable<string> Errors()
    {
        if (Peers is < 1 or > MaxPeers)
            yield return Invariant($"{nameof(Peers)} is {Peers}; it must be from 1 to {MaxPeers}.");
        if (Blocks is < 0 or > MaxBlocks)
            yield return Invariant($"{nameof(Blocks)} is {Blocks}; it must be from 0 to {MaxBlocks}.");
        if (MaxVisitors < 0)
            yield return Invariant($"{nameof(MaxVisitors)} is {MaxVisitors}; it must be at least 0.");
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it as it is for the default.";
    }

    private IEnumerable<string> ShareErrors()
    {
        (string Name, double Value)[] ofAll = [(nameof(IPv6Share), IPv6Share), (nameof(DeadShare), DeadShare)];
        (string Name, double Value)[] ofLive =
        [
            (nameof(SlowShare), SlowShare), (nameof(ResettingShare), ResettingShare), (nameof(SilentShare), SilentShare),
            (nameof(RestlessShare), RestlessShare), (nameof(HostileShare), HostileShare),
        ];
        foreach (var (name, value) in ofAll.Concat(ofLive).Where(static share => !(share.Value is >= 0 and <= 1)))
            yield return Invariant($"{name} is {value}; it must be from 0 to 1.");
        if (ofLive.Sum(static share => share.Value) is var sum && sum > 1 + RoundingError)
            yield return Invariant($"{string.Join(" + ", ofLive.Select(static share => share.Name))} is {sum}; lower them so that they sum up to 1 at most.");
    }

    private IEnumerable<string> TimeErrors()
    {
        (string Name, TimeSpan Value)[] times =
        [
            ($"{nameof(Latency)}.{nameof(Latency.Max)}", Latency.Max), ($"{nameof(SlowLatency)}.{nameof(SlowLatency.Max)}", SlowLatency.Max),
            ($"{nameof(RestlessLifetime)}.{nameof(RestlessLifetime.Max)}", RestlessLifetime.Max), (nameof(BlockInterval), BlockInterval),
            ($"{nameof(VisitInterval)}.{nameof(VisitInterval.Max)}", VisitInterval.Max),
        ];
        foreach (var (name, value) in times.Where(static time => time.Value > MaxTime))
            yield return $"{name} is {value}; it must be at most {MaxTime}.";
        if (BlockInterval <= TimeSpan.Zero)
            yield return $"{nameof(BlockInterval)} is {BlockInterval}; it must be more than zero.";
        if (VisitInterval.Min <= TimeSpan.Zero)
            yield return $"{nameof(VisitInterval)}.{nameof(VisitInterval.Min)} is {VisitInterval.Min}; it must be more than zero.";
    }
}
