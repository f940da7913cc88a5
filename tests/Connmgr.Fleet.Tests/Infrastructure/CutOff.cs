using System.Net;
using System.Net.Sockets;

namespace Connmgr.Fleet.Tests;

/// <summary>A way to a server that can be cut, for one process alone.</summary>
internal sealed class CutOff : IAsyncDisposable
{
    private readonly IPEndPoint _target;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private bool _isCut;
    private volatile bool _holdsAnswers;

    public CutOff(string target)
    {
        _target = IPEndPoint.Parse(target);
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The number of connections that were tried.</summary>
    public int Tries { get; private set; }

    public string EndPoint => $"{_listener.LocalEndpoint}";

    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            foreach (var socket in _sockets)
                socket.Dispose();
            _sockets.Clear();
        }
    }

    /// <summary>Lets requests pass, but no answers, until it is restored: what the server does for the process is lost on it.</summary>
    public void HoldAnswers() => _holdsAnswers = true;

    public void Restore()
    {
        _holdsAnswers = false;
        lock (_lock)
            _isCut = false;
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> copies = [];
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync(_stop.Token);
                var far = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                Tries++;
                lock (_lock)
                {
                    _sockets.AddRange([near, far]);
                    if (_isCut)
                    {
                        near.Dispose();
                        far.Dispose();
                        continue;
                    }
                }

                copies.Add(JoinAsync(near, far));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(copies);
        }
    }

    private async Task JoinAsync(Socket near, Socket far)
    {
        try
        {
            await far.ConnectAsync(_target, _stop.Token);
            await Task.WhenAll(CopyAsync(near, far, isAnswer: false), CopyAsync(far, near, isAnswer: true));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut.
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (isAnswer && _holdsAnswers)
                    continue;
                await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut.
        }
    }
}
