using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>A manager in this process that holds inbound connections from another process.</summary>
internal sealed class HeldConnections : IAsyncDisposable
{
    private const int WarmUp = 100;

    private readonly ConnectionManager _manager;
    private readonly ProgramProcess _client;
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _count;
    private int _accepted;

    private HeldConnections(int count, bool isRead)
    {
        _count = count;
        var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _manager = new(new()
        {
            Dial = static (_, _) => throw new NotSupportedException(),
            Listeners = [listener],
            OnAccept = (connection, token) => HandleAsync(connection, isRead, token),
            InboundLimits = InboundWorld.OneHost(),
        });
        _client = ProgramProcess.StartRole(
            HoldClientRole.Name, ((IPEndPoint)listener.LocalEndPoint).Port.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The resident memory that each connection added.</summary>
    public double ResidentBytesEach { get; private set; }

    /// <summary>The managed heap that each connection added.</summary>
    public double HeapBytesEach { get; private set; }

    /// <summary>Holds connections. Another 100 first warm up code and pools; they stay but do not count.</summary>
    /// <param name="count">The number of connections.</param>
    /// <param name="isRead">True if each waits in a read, as in a server: without a buffer, until data arrives.</param>
    public static async Task<HeldConnections> HoldAsync(int count, bool isRead)
    {
        var held = new HeldConnections(WarmUp + count, isRead);
        await held._manager.StartAsync();
        await held._client.AskAsync(WarmUp.ToString(CultureInfo.InvariantCulture));
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System); // Until the tiered compiler is done.
        var before = Footprint.Take();
        await held._client.AskAsync(count.ToString(CultureInfo.InvariantCulture));
        await held._all.Task;
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var after = Footprint.Take();
        held.ResidentBytesEach = (double)(after.Resident - before.Resident) / count;
        held.HeapBytesEach = (double)(after.Heap - before.Heap) / count;
        return held;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _manager.DisposeAsync();
    }

    private async Task HandleAsync(Connection connection, bool isRead, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _accepted) == _count)
            _all.SetResult();
        if (isRead)
            await WaitingRead.UntilSomethingAsync(connection, cancellationToken);
        else
            await connection.Closed;
    }
}

/// <summary>The usual state of a server's connection: it waits in a read, without a buffer, until data arrives.</summary>
internal static class WaitingRead
{
    public static async Task UntilSomethingAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (await connection.Stream.ReadAsync(Memory<byte>.Empty, cancellationToken) != 0)
            throw new InvalidOperationException("A read of no bytes gave some.");
    }
}

/// <summary>Inbound connections of a client on loopback, all of which come from one host: the limits by host and prefix, which would refuse them, are disabled.</summary>
internal static class InboundWorld
{
    public const string Note = "host-limits=lifted";

    public static InboundLimits OneHost() => new() { MaxPerHost = int.MaxValue, MaxPerPrefix = int.MaxValue, AcceptsPerSecond = double.PositiveInfinity };
}
