using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool.Tests;

/// <summary>The service manager's end of sd_notify: a datagram socket, of the file system or abstract, and what was sent to it.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-notify-").FullName;
    private readonly Lock _lock = new();
    private readonly List<string> _received = [];
    private readonly Thread _reading;
    private volatile bool _isDisposed;

    public NotifySocket(bool isAbstract = false)
    {
        var path = Path.Combine(_directory, "notify");
        Address = isAbstract ? "@" + path : path;
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path : path));

        // Its queue may have room for ten datagrams alone (net.unix.max_dgram_qlen), so it is emptied whether a test looks or not.
        _reading = new Thread(ReadOn) { IsBackground = true, Name = "notifications" };
        _reading.Start();
    }

    /// <summary>As NOTIFY_SOCKET names it.</summary>
    public string Address { get; }

    /// <summary>The datagrams so far.</summary>
    public IReadOnlyList<string> Received
    {
        get
        {
            lock (_lock)
            {
                Drain();
                return [.. _received];
            }
        }
    }

    /// <summary>All assignments so far, in their order.</summary>
    public IReadOnlyList<string> Assignments => [.. Received.SelectMany(datagram => datagram.Split('\n'))];

    /// <summary>Waits for one.</summary>
    public Task HasAsync(string assignment, int times = 1) => Eventually.TrueAsync(() =>
        Task.FromResult(Assignments.Count(received => received.StartsWith(assignment, StringComparison.Ordinal)) >= times));

    public Dictionary<string, string> Variables(params (string Name, string Value)[] others)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = Address };
        foreach (var (name, value) in others)
            variables.Add(name, value);
        return variables;
    }

    public void Dispose()
    {
        _isDisposed = true;
        _reading.Join();
        _socket.Dispose();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private void ReadOn()
    {
        const int Microseconds = 20_000;
        while (!_isDisposed)
        {
            if (!_socket.Poll(Microseconds, SelectMode.SelectRead))
                continue;
            lock (_lock)
                Drain();
        }
    }

    private void Drain()
    {
        var buffer = new byte[4096];
        while (_socket.Poll(0, SelectMode.SelectRead))
            _received.Add(Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer)));
    }
}
