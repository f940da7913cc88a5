using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tests.PortMapping;

/// <summary>A UPnP gateway at an address of loopback. It answers searches, serves its description, and answers calls as the test says.</summary>
internal sealed class FakeUpnpGateway : IAsyncDisposable
{
    private readonly Socket _search = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public FakeUpnpGateway()
    {
        Address = Loopback.NextAddress();
        _search.Bind(new IPEndPoint(Address, 0));
        _listener = new TcpListener(Address, 0);
        _listener.Start();
        Location = $"http://{Address}:{HttpPort}/desc.xml";
        _running = Task.WhenAll(AnswerSearchesAsync(), ServeAsync());
    }

    public IPAddress Address { get; }

    public int SearchPort => ((IPEndPoint)_search.LocalEndPoint!).Port;

    public int HttpPort => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The location in replies to searches.</summary>
    public string Location { get; set; }

    /// <summary>The version of its service.</summary>
    public int Version { get; set; } = 1;

    /// <summary>The whole answer to the request for the description; null for a description.</summary>
    public string? Description { get; set; }

    /// <summary>Gets the values of the answer to a call, or a number for an error; null for no answer.</summary>
    public Func<string, string, object?> Answer { get; set; } = static (_, _) => string.Empty;

    /// <summary>The actions that were called, with their bodies.</summary>
    public ConcurrentQueue<(string Action, string Body)> Calls { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _search.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AnswerSearchesAsync()
    {
        var buffer = new byte[2000];
        while (true)
        {
            var received = await _search.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            await _search.SendToAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nLOCATION: {Location}\r\n\r\n"), received.RemoteEndPoint, _stop.Token);
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await AnswerAsync(client.GetStream()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var request = await reader.ReadLineAsync(_stop.Token);
        var (length, action) = (0, string.Empty);
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(header[15..], System.Globalization.CultureInfo.InvariantCulture);
            else if (header.StartsWith("SOAPAction:", StringComparison.OrdinalIgnoreCase))
                action = header[(header.IndexOf('#', StringComparison.Ordinal) + 1)..^1];
        }

        var body = new char[length];
        if (length > 0)
            await reader.ReadBlockAsync(body, _stop.Token); // Which waits for more, even for nothing.
        var answer = request!.StartsWith("GET", StringComparison.Ordinal) ? Description ?? Ok(Describe()) : Call(action, new string(body));
        if (answer is null)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer!), _stop.Token);
    }

    private string? Call(string action, string body)
    {
        Calls.Enqueue((action, body));
        return Answer(action, body) switch
        {
            int code => $"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n<a><errorCode>{code}</errorCode></a>",
            string { Length: > 0 } text when text.StartsWith("HTTP/", StringComparison.Ordinal) => text,
            string text => Ok($"<a>{text}</a>"),
            _ => null,
        };
    }

    private string Describe() =>
        $"<root><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:{Version}</serviceType><controlURL>/ctl</controlURL></service></root>";

    private static string Ok(string body) => $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}";
}
