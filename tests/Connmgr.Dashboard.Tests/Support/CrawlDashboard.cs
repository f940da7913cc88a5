using System.Net;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

/// <summary>The dashboard of a crawl that a test plays, on loopback, and a client of it. All of it ends when disposed of.</summary>
internal sealed class CrawlDashboard : IAsyncDisposable
{
    private readonly CrawlWatch _watch;

    private CrawlDashboard(SwitchedFrontier frontier, CrawlWatch watch, CrawlBoard board, DashboardServer server)
    {
        (Frontier, _watch, Board, Server) = (frontier, watch, board, server);
        Client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public SwitchedFrontier Frontier { get; }

    public CrawlBoard Board { get; }

    public DashboardServer Server { get; }

    public HttpClient Client { get; }

    public static async Task<CrawlDashboard> StartAsync(DashboardSettings? settings = null)
    {
        var frontier = new SwitchedFrontier();
        var crawler = new NetworkCrawler(new() { Chain = ChainParameters.Regtest, Frontier = new MemoryFrontier() });
        var watch = new CrawlWatch(crawler, frontier, TimeProvider.System, isWanted: true);
        var board = new CrawlBoard(TimeProvider.System);
        settings ??= new DashboardSettings { Address = IPAddress.Loopback, Port = 0 };
        var site = new CrawlSite("regtest", fleet: "one", watch, board, TimeProvider.System);
        return new(frontier, watch, board, await DashboardServer.StartAsync(settings, site, directory: null, TimeProvider.System));
    }

    public async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await Client.GetByteArrayAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));

    /// <summary>Waits until the counts of the frontier are shown.</summary>
    public Task ShowsAsync(long completed) => Eventually.TrueAsync(async () =>
        (await GetAsync("/api/v1/crawl")).GetProperty("round") is { ValueKind: JsonValueKind.Object } round && round.GetProperty("visits").GetInt64() == completed);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        await _watch.DisposeAsync();
    }

    /// <summary>A frontier whose counts a test sets.</summary>
    internal sealed class SwitchedFrontier : IFrontier
    {
        private readonly MemoryFrontier _inner = new();

        private volatile FrontierStatus _status = new()
        {
            Round = 3,
            RoundStart = DateTimeOffset.UnixEpoch,
            IsRoundOver = false,
            Addresses = 500,
            Due = 150,
            Leased = 50,
            Completed = 200,
            Reached = 90,
        };

        public FrontierStatus Status
        {
            get => _status;
            set => _status = value;
        }

        public TimeSpan LeasePeriod => _inner.LeasePeriod;

        public ValueTask<int> AddAsync(ReadOnlyMemory<PeerAddress> addresses, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<FrontierGrant> LeaseAsync(int max, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<System.Collections.Immutable.ImmutableArray<bool>> RenewAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<System.Collections.Immutable.ImmutableArray<bool>> CompleteAsync(ReadOnlyMemory<FrontierResult> results, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask ReleaseAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<bool> EndRoundAsync(long round, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<FrontierStatus> GetStatusAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(_status);

        public IAsyncEnumerable<FrontierRecord> GetRecordsAsync(CancellationToken cancellationToken = default) => _inner.GetRecordsAsync(cancellationToken);
    }
}
