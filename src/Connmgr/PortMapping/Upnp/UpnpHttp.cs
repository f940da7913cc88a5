using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Xml;

namespace Connmgr;

/// <summary>Exchanges documents with a gateway by HTTP: no redirects, no proxies, no other host, at most 128 KiB, 5 s for each. Thread-safe.</summary>
/// <param name="time">The clock.</param>
internal sealed class UpnpHttp(TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private const int MaxHeaders = 16; // KiB.

    /// <summary>Gets a document.</summary>
    /// <exception cref="GatewayException">The gateway does not answer.</exception>
    public async Task<byte[]> GetAsync(PortMappingTarget target, Uri uri, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        var (status, body) = await SendAsync(target, request, cancellationToken).ConfigureAwait(false);
        return status == HttpStatusCode.OK ? body : throw NotValid(status);
    }

    /// <summary>Calls an action of a service.</summary>
    /// <returns>The values of the answer, with errorCode if the call failed.</returns>
    /// <exception cref="GatewayException">The gateway does not answer.</exception>
    public async Task<IReadOnlyDictionary<string, string>> CallAsync(
        PortMappingTarget target, UpnpService service, string action, IEnumerable<(string Name, string Value)> arguments, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, service.Control)
        {
            Content = new StringContent(UpnpXml.WriteCall(service, action, arguments), Encoding.UTF8, "text/xml"),
        };
        request.Headers.Add("SOAPAction", $"\"{service.Type}#{action}\"");
        var (status, body) = await SendAsync(target, request, cancellationToken).ConfigureAwait(false);
        if (status is not (HttpStatusCode.OK or HttpStatusCode.InternalServerError))
            throw NotValid(status);
        try
        {
            var values = UpnpXml.ReadValues(body);
            return status == HttpStatusCode.OK || values.ContainsKey("errorCode") ? values : throw NotValid(status);
        }
        catch (XmlException)
        {
            throw NotValid(status);
        }
    }

    private static GatewayException NotValid(HttpStatusCode status) =>
        new(GatewayFailure.NoAnswer, status == HttpStatusCode.OK ? "its answers are not valid" : Invariant($"its answer is HTTP status {(int)status}"));

    private async Task<(HttpStatusCode Status, byte[] Body)> SendAsync(PortMappingTarget target, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = MaxHeaders,
            MaxResponseDrainSize = 0,
            ConnectCallback = (context, token) => ConnectAsync(target, context.DnsEndPoint.Port, token),
        };
        using var client = new HttpClient(handler) { MaxResponseContentBufferSize = UpnpXml.MaxLength, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await client.SendAsync(request, either.Token).ConfigureAwait(false);
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GatewayException(GatewayFailure.NoAnswer, "no answer");
        }
        catch (HttpRequestException exception)
        {
            throw new GatewayException(GatewayFailure.NoAnswer, exception.HttpRequestError == HttpRequestError.ConnectionError ? "not reached" : "its answers are not valid");
        }
    }

    /// <summary>Connects from the address to map: gateways map a port only for the address that asks.</summary>
    private static async ValueTask<Stream> ConnectAsync(PortMappingTarget target, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(target.Gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(target.Local.Address, 0));
            await socket.ConnectAsync(new IPEndPoint(target.Gateway, port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
