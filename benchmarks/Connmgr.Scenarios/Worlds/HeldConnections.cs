using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>A manager of this process that holds inbound connections of another process.</summary>
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

    /// <summary>Resident memory that came with the connections, for each of them.</summary>
    public double ResidentBytesEach { get; private set; }

    /// <summary>The same of the managed heap.</summary>
    public double HeapBytesEach { get; private set; }

    /// <summary>Holds connections. Code and pools were warmed up by 100 others, which do not count but stay.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isRead">Whether each waits in a read, as a server's does: without a buffer, until there is something.</param>
    public static async Task<HeldConnections> HoldAsync(int count, bool isRead)
    {
        var held = new HeldConnections(WarmUp + count, isRead);
        await held._manager.StartAsync();
        await held._client.AskAsync(WarmUp.ToString(CultureInfo.InvariantCulture));
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System); // Until the tiered compiler has done its part.
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
