using System.Net;

namespace Connmgr.Scenarios;

/// <summary>
/// The cost of unwanted inbound connections: time and bytes each, from the listener's accept to the disposed stream, through the whole manager. The listener and its streams
/// are stubs, so that nothing but the manager is measured.
/// </summary>
internal static class Refusal
{
    private const int Count = 500_000;

    public static IEnumerable<Scenario> All =>
    [
        Create("refuse_host_limit", static options => options.InboundLimits.MaxPerHost = 1, Count),
        Create("refuse_rate_limit", LimitRate, Count),
        Create("evict_full_125", Evict, Count / 10),
    ];

    private static Scenario Create(string name, Action<ConnectionManagerOptions> configure, int count) =>
        new(name, 7, async run =>
        {
            var cost = await MeasureAsync(configure, count);
            run.Add(cost.Wall.TotalNanoseconds / count, "ns/connection");
            run.Add("bytes", (double)cost.Bytes / count, "B/connection");
        });

    private static void LimitRate(ConnectionManagerOptions options) =>
        (options.InboundLimits.MaxPerHost, options.InboundLimits.AcceptsPerSecond, options.InboundLimits.AcceptBurst) = (int.MaxValue, 1e-9, 1);

    /// <summary>Admits every connection, and ends another one for each: the number is the only limit.</summary>
    private static void Evict(ConnectionManagerOptions options)
    {
        options.MaxInbound = 125;
        options.InboundLimits.MaxPerHost = options.InboundLimits.MaxPerPrefix = int.MaxValue;
        options.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
    }

    private static async Task<Cost> MeasureAsync(Action<ConnectionManagerOptions> configure, int count)
    {
        var listener = new StubListener(count);
        var options = new ConnectionManagerOptions
        {
            Dial = static (_, _) => throw new InvalidOperationException("nothing is dialled"),
            OnAccept = static (connection, _) => connection.Closed,
            Listeners = [listener],
        };
        configure(options);
        await using var manager = new ConnectionManager(options);
        var meter = Meter.Start();
        await manager.StartAsync();
        await listener.AllTaken;
        var cost = meter.Read();
        var inbound = (await manager.GetSnapshotAsync()).Inbound;
        var unwanted = inbound.Refusals.Sum(static refusals => refusals.Count) + inbound.Evicted;
        return unwanted < count * 0.99
            ? throw new InvalidOperationException($"Only {unwanted} of {count} connections were refused or evicted.")
            : cost;
    }

    /// <summary>Provides a number of connections as fast as they are accepted, then no more. All come from one host, with several ports.</summary>
    private sealed class StubListener(int count) : IConnectionListener
    {
        private readonly PeerStream[] _streams = [.. Enumerable.Range(1, 1024).Select(static port => new PeerStream(new IPEndPoint(new IPAddress([20, 1, 1, 1]), port)))];
        private readonly TaskCompletionSource _allTaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _given;

        public EndPoint LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 8333);

        public Task AllTaken => _allTaken.Task;

        public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
        {
            if (_given < count)
                return _streams[_given++ % _streams.Length];
            _allTaken.TrySetResult();
            var never = new TaskCompletionSource<Stream>();
            await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return await never.Task;
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class PeerStream(IPEndPoint remote) : MemoryStream, IStreamEndPoints
    {
        public EndPoint? LocalEndPoint => null;

        public EndPoint? RemoteEndPoint => remote;
    }
}
