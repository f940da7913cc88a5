using System.Collections.Concurrent;
using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Crawling;

/// <summary>A network in memory, in real time, whose dead hosts answer at once, so that no time-out decides; a frontier, and what a crawl says.</summary>
internal sealed class CrawlWorld : IAsyncDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(100), TimeProvider.System);
    private readonly Dictionary<EndPoint, SandboxHostKind> _kinds;

    public CrawlWorld(int peers = 60, double silent = 0)
    {
        Sandbox = new(new()
        {
            Peers = peers,
            Latency = new(TimeSpan.Zero, TimeSpan.FromMilliseconds(2)),
            RestlessLifetime = new(TimeSpan.FromHours(1), TimeSpan.FromHours(2)),
            SlowShare = 0,
            SilentShare = silent,
        });
        _kinds = Sandbox.Hosts.ToDictionary(static host => (EndPoint)host.EndPoint, static host => host.Kind);
        Frontier = new(new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 0, RevisitPeriod = TimeSpan.FromSeconds(1), LeasePeriod = TimeSpan.FromMinutes(1) });
        Options = new()
        {
            Chain = SandboxNetwork.SeededChain,
            Frontier = Frontier,
            Protocol = new() { Relay = false, Transport = TransportPolicy.V1Only }, // A host of another chain would take v2 to its time-out.
            Dial = DialAsync,
            Lookup = Sandbox.LookupAsync,
            DialTimeout = TimeSpan.FromMinutes(2),
            HandshakeTimeout = TimeSpan.FromMinutes(2),
            AnswerTimeout = TimeSpan.FromMinutes(2),
            MaxRounds = 1,
            OnVisit = (visit, _) =>
            {
                Visits.Enqueue(visit);
                return default;
            },
            OnRoundEnded = (round, _) =>
            {
                Rounds.Enqueue((round, Visits.Count));
                return default;
            },
        };
    }

    public SandboxNetwork Sandbox { get; }

    public MemoryFrontier Frontier { get; }

    public NetworkCrawlerOptions Options { get; }

    public ConcurrentQueue<CrawlVisit> Visits { get; } = [];

    /// <summary>The rounds that have ended, each with the number of visits by then.</summary>
    public ConcurrentQueue<(CrawlRound Round, int Visits)> Rounds { get; } = [];

    public CancellationToken Cancellation => _deadline.Token;

    /// <summary>Determines whether a host completes the handshake.</summary>
    public bool IsReachable(NetworkEndPoint endPoint) => _kinds[endPoint.ToEndPoint()!]
        is SandboxHostKind.Live or SandboxHostKind.Leaving or SandboxHostKind.Crashing or SandboxHostKind.Babbling or SandboxHostKind.Corrupting or SandboxHostKind.Oversized;

    /// <summary>Determines whether a host accepts a connection and sends nothing.</summary>
    public bool IsSilent(NetworkEndPoint endPoint) => _kinds[endPoint.ToEndPoint()!] == SandboxHostKind.Silent;

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        Sandbox.Network.EnsureNoLeaks();
        _deadline.Dispose();
    }

    private ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken) => _kinds[endPoint] == SandboxHostKind.Swallowing
        ? throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Timeout, "as if")
        : Sandbox.DialAsync(endPoint, cancellationToken);
}
