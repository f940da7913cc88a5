using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// An address on loopback that swallows connection attempts without an answer: a listener whose queue is full, so that Linux drops what comes.
/// </summary>
internal sealed class BlackHole : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _filler = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private BlackHole()
    {
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public static async Task<BlackHole> OpenAsync(string address, CancellationToken cancellationToken, int port = 0)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux, whose full listen queue drops connection attempts");
        var hole = new BlackHole();
        hole._listener.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        hole._listener.Listen(0);
        await hole._filler.ConnectAsync(hole.EndPoint, cancellationToken);
        return hole;
    }

    public ValueTask DisposeAsync()
    {
        _filler.Dispose();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
