using System.Net;
using System.Net.Sockets;

namespace Connmgr.Interop;

/// <summary>Connections of silent peers, kept open until all are closed at once.</summary>
internal sealed class HeldSockets : IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();

    /// <summary>How many connections were made.</summary>
    public int Attempts { get; private set; }

    /// <summary>A socket with a local address of its own. To be called inside the namespace.</summary>
    public static Socket Bound(IPAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    /// <summary>Connects from an address, says nothing, and keeps what came of it.</summary>
    public async Task AddAsync(NetworkNamespace network, IPAddress address)
    {
        var socket = network.Run(() => Bound(address));
        lock (_lock)
        {
            Attempts++;
            _sockets.Add(socket);
        }

        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse("20.0.0.1"), 18444), TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // Reset: it was not wanted.
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }
}
