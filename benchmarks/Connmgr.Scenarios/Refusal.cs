using System.Net;

namespace Connmgr.Scenarios;

/// <summary>
/// What inbound connections cost that are not wanted: time and bytes each, from the listener's accept to the disposed stream, through the whole manager. The listener and its streams
/// are stubs, so that nothing but the manager is measured.
/// </summary>
internal static class Refusal
{
    private const int Count = 500_000;

    public static IEnumerable<Scenario> All =>
    [
        new("refuse_host_limit_ns", "ns", 5, _ => MeasureAsync(Full(1), bytes: false)),
        new("refuse_host_limit_bytes", "bytes", 5, _ => MeasureAsync(Full(1), bytes: true)),
        new("refuse_rate_limit_ns", "ns", 5, _ => MeasureAsync(Rated, bytes: false)),
        new("refuse_rate_limit_bytes", "bytes", 5, _ => MeasureAsync(Rated, bytes: true)),
        new("evict_full_125_ns", "ns", 5, _ => MeasureAsync(Evicting, bytes: false, count: Count / 10)),
        new("evict_full_125_bytes", "bytes", 5, _ => MeasureAsync(Evicting, bytes: true, count: Count / 10)),
    ];

    private static Action<ConnectionManagerOptions> Full(int perHost) => options => options.InboundLimits.MaxPerHost = perHost;

    private static void Rated(ConnectionManagerOptions options) =>
        (options.InboundLimits.MaxPerHost, options.InboundLimits.AcceptsPerSecond, options.InboundLimits.AcceptBurst) = (int.MaxValue, 1e-9, 1);

    /// <summary>Everybody comes in, and one goes for each: no limit but the number.</summary>
    private static void Evicting(ConnectionManagerOptions options)
    {
        options.MaxInbound = 125;
        options.InboundLimits.MaxPerHost = options.InboundLimits.MaxPerPrefix = int.MaxValue;
        options.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
    }

    private static async Task<double> MeasureAsync(Action<ConnectionManagerOptions> configure, bool bytes, int count = Count)
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
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = TimeProvider.System.GetTimestamp();
        await manager.StartAsync();
        await listener.AllTaken;
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        var inbound = (await manager.GetSnapshotAsync()).Inbound;
        var unwanted = inbound.Refused.Sum(static refusals => refusals.Count) + inbound.Evicted;
        return unwanted < count * 0.99
            ? throw new InvalidOperationException($"Only {unwanted} of {count} connections were refused or evicted.")
            : (bytes ? GC.GetTotalAllocatedBytes(precise: true) - allocated : elapsed.TotalNanoseconds) / count;
    }

    /// <summary>Gives a number of connections as fast as they are taken, then no more. All of one host, which has several ports.</summary>
    private sealed class StubListener(int count) : IConnectionListener
    {
        private readonly StubStream[] _streams = [.. Enumerable.Range(1, 1024).Select(static port => new StubStream(new IPEndPoint(new IPAddress([20, 1, 1, 1]), port)))];
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

    private sealed class StubStream(IPEndPoint remote) : MemoryStream, IStreamEndPoints
    {
        public EndPoint? LocalEndPoint => null;

        public EndPoint? RemoteEndPoint => remote;
    }
}
