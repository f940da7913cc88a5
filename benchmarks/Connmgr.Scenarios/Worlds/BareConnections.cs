using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>
/// Inbound connections from another process, without a manager or other code of this library: a socket each, its stream, and a waiting read without a buffer. The minimum cost in .NET.
/// </summary>
internal sealed class BareConnections : IAsyncDisposable
{
    private const int WarmUp = 100;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ProgramProcess _client;
    private readonly List<NetworkStream> _streams = [];
    private readonly List<Task> _reads = [];

    private BareConnections()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _client = ProgramProcess.StartRole(HoldClientRole.Name, ((IPEndPoint)_listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
    }

    public double ResidentBytesEach { get; private set; }

    public double HeapBytesEach { get; private set; }

    /// <summary>Holds connections, as <see cref="HeldConnections.HoldAsync"/> does.</summary>
    public static async Task<BareConnections> HoldAsync(int count)
    {
        var held = new BareConnections();
        await held.AcceptAsync(WarmUp);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var before = Footprint.Take();
        await held.AcceptAsync(count);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var after = Footprint.Take();
        held.ResidentBytesEach = (double)(after.Resident - before.Resident) / count;
        held.HeapBytesEach = (double)(after.Heap - before.Heap) / count;
        return held;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await Task.WhenAll(_reads);
        foreach (var stream in _streams)
            await stream.DisposeAsync();
        _listener.Dispose();
    }

    private async Task AcceptAsync(int count)
    {
        var held = _client.AskAsync(count.ToString(CultureInfo.InvariantCulture));
        for (var i = 0; i < count; i++)
        {
            var stream = new NetworkStream(await _listener.AcceptAsync(), ownsSocket: true);
            _streams.Add(stream);
            _reads.Add(stream.ReadAsync(Memory<byte>.Empty).AsTask());
        }

        await held;
    }
}
