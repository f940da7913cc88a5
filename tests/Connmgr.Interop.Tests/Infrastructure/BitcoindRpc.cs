using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Connmgr.Interop;

/// <summary>Calls a bitcoind's JSON-RPC interface over HTTP. Thread-safe.</summary>
internal sealed class BitcoindRpc : IDisposable
{
    public const string User = "connmgr";
    public const string Password = "interop";

    private readonly HttpClient _http;

    public BitcoindRpc(IPEndPoint endPoint, NetworkNamespace? network)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = network is null ? NewSocket(endPoint) : network.Run(() => NewSocket(endPoint));
                try
                {
                    await socket.ConnectAsync(endPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        })
        {
            BaseAddress = new Uri($"http://{endPoint}/"),
            Timeout = Timeout.InfiniteTimeSpan, // Who calls it says how long he waits.
        };
        _http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{User}:{Password}")));
    }

    /// <summary>Calls a method; returns its result.</summary>
    /// <exception cref="BitcoindRpcException">bitcoind refused the call.</exception>
    /// <exception cref="HttpRequestException">bitcoind does not answer.</exception>
    public async Task<JsonElement> CallAsync(string method, object?[] parameters, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync("", new { id = 1, method, @params = parameters }, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new BitcoindRpcException(method, (int)response.StatusCode, $"HTTP {(int)response.StatusCode}; check -rpcuser and -rpcallowip");
        }

        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        if (answer.GetProperty("error") is { ValueKind: JsonValueKind.Object } error)
        {
            throw new BitcoindRpcException(method, error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString() ?? "");
        }

        return answer.GetProperty("result");
    }

    public void Dispose() => _http.Dispose();

    private static Socket NewSocket(IPEndPoint endPoint) => new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
