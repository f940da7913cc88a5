using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Xml;

namespace Connmgr;

/// <summary>
/// Asks gateways by UPnP: finds the gateway's description by a search, its service by the description, and calls that. Everything must come from
/// the gateway's address. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="searchPort">The UDP port of searches.</param>
internal sealed class UpnpClient(TimeProvider time, int searchPort = UpnpSearch.Port) : IGatewayClient
{
    private const int OnlyPermanentLeases = 725;
    private const int Conflict = 718;
    private const int NoSuchEntry = 714;

    /// <summary>The ports to try on a gateway that can't choose one, while others have them.</summary>
    private const int MaxPorts = 4;

    /// <summary>The most datagrams to look at in a search.</summary>
    private const int MaxDatagrams = 64;

    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(2);

    private readonly UpnpHttp _http = new(time);
    private readonly ConcurrentDictionary<IPAddress, UpnpService> _services = []; // By gateway, of which there are as many as routes.

    public async Task<MappingAnswer> MapAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var (service, address) = await FindServiceAsync(request.Target, cancellationToken).ConfigureAwait(false);
        var local = request.Target.Local;
        var port = request.External?.Port ?? local.Port;
        var lifetime = request.Lifetime;
        for (var i = 0; ; i++)
        {
            var choose = service.ChoosesPort && i > 0;
            var values = await _http.CallAsync(
                request.Target, service, choose ? "AddAnyPortMapping" : "AddPortMapping", DescribeMapping(port, local, lifetime), cancellationToken).ConfigureAwait(false);
            switch (UpnpXml.GetNumber(values, "errorCode"))
            {
                case null:
                    return new(new IPEndPoint(address, choose ? GetPort(values, "NewReservedPort") : port), request.Lifetime, Epoch: null);
                case OnlyPermanentLeases when lifetime > TimeSpan.Zero:
                    lifetime = TimeSpan.Zero; // It is renewed as any other, and removed at the end.
                    break;
                case Conflict when i < MaxPorts:
                    port = GetAnotherPort(request.Nonce, i);
                    break;
                case { } code:
                    throw Refused(code);
            }
        }
    }

    public async Task<CheckAnswer> CheckAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var service = await GetServiceAsync(request.Target, cancellationToken).ConfigureAwait(false);
        var address = await GetAddressAsync(request.Target, service, cancellationToken).ConfigureAwait(false);
        var values = await _http.CallAsync(request.Target, service, "GetSpecificPortMappingEntry", DescribePort(request), cancellationToken).ConfigureAwait(false);
        if (UpnpXml.GetNumber(values, "errorCode") is { } code)
            return new(IsMapped: code != NoSuchEntry, address, Epoch: null); // Some gateways can't look up a mapping. They renew it all the same.
        var isOurs = values.TryGetValue("NewInternalClient", out var client) && IPAddress.TryParse(client, out var held) && held.Equals(request.Target.Local.Address)
            && UpnpXml.GetNumber(values, "NewInternalPort") == request.Target.Local.Port;
        return new(isOurs, address, Epoch: null);
    }

    public async Task RemoveAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var service = await GetServiceAsync(request.Target, cancellationToken).ConfigureAwait(false);
        var values = await _http.CallAsync(request.Target, service, "DeletePortMapping", DescribePort(request), cancellationToken).ConfigureAwait(false);
        if (UpnpXml.GetNumber(values, "errorCode") is { } code and not NoSuchEntry)
            throw Refused(code);
    }

    private static GatewayException Refused(int code) => new(GatewayFailure.Refused, Invariant($"refused (error {code})"));

    private static IEnumerable<(string Name, string Value)> DescribeMapping(int port, IPEndPoint local, TimeSpan lifetime) =>
    [
        ("NewRemoteHost", string.Empty), ("NewExternalPort", Format(port)), ("NewProtocol", "TCP"), ("NewInternalPort", Format(local.Port)),
        ("NewInternalClient", local.Address.ToString()), ("NewEnabled", "1"), ("NewPortMappingDescription", "connmgr"), ("NewLeaseDuration", Format((int)lifetime.TotalSeconds)),
    ];

    private static IEnumerable<(string Name, string Value)> DescribePort(GatewayRequest request) =>
        [("NewRemoteHost", string.Empty), ("NewExternalPort", Format(request.External?.Port ?? request.Target.Local.Port)), ("NewProtocol", "TCP")];

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int GetPort(IReadOnlyDictionary<string, string> values, string name) =>
        UpnpXml.GetNumber(values, name) is { } port and > 0 and <= ushort.MaxValue ? port : 0;

    /// <summary>Gets a port above 1023 that others hardly have: from the nonce, so that it is the same at each renewal.</summary>
    private static int GetAnotherPort(ImmutableArray<byte> nonce, int index) => 1024 + (BinaryPrimitives.ReadUInt16BigEndian(nonce.AsSpan(index * 2, sizeof(ushort))) % (65536 - 1024));

    private async Task<UpnpService> GetServiceAsync(PortMappingTarget target, CancellationToken cancellationToken) =>
        _services.TryGetValue(target.Gateway, out var known) ? known : (await FindServiceAsync(target, cancellationToken).ConfigureAwait(false)).Service;

    /// <summary>Finds the first service that has an external address: others belong to links that are down.</summary>
    private async Task<(UpnpService Service, IPAddress Address)> FindServiceAsync(PortMappingTarget target, CancellationToken cancellationToken)
    {
        _services.TryRemove(target.Gateway, out _);
        var location = await SearchAsync(target, cancellationToken).ConfigureAwait(false);
        var document = await _http.GetAsync(target, location, cancellationToken).ConfigureAwait(false);
        var failure = new GatewayException(GatewayFailure.Refused, "it has no service that maps ports");
        foreach (var service in ReadServices(document, location, target.Gateway))
        {
            try
            {
                var address = await GetAddressAsync(target, service, cancellationToken).ConfigureAwait(false);
                _services[target.Gateway] = service;
                return (service, address);
            }
            catch (GatewayException exception)
            {
                failure = exception;
            }
        }

        throw failure;
    }

    private static ImmutableArray<UpnpService> ReadServices(byte[] document, Uri location, IPAddress gateway)
    {
        try
        {
            return UpnpXml.ReadServices(document, location, gateway);
        }
        catch (XmlException)
        {
            throw new GatewayException(GatewayFailure.NoAnswer, "its description is not valid");
        }
    }

    private async Task<IPAddress> GetAddressAsync(PortMappingTarget target, UpnpService service, CancellationToken cancellationToken)
    {
        var values = await _http.CallAsync(target, service, "GetExternalIPAddress", [], cancellationToken).ConfigureAwait(false);
        if (UpnpXml.GetNumber(values, "errorCode") is { } code)
            throw Refused(code);
        return values.TryGetValue("NewExternalIPAddress", out var text) && IPAddress.TryParse(text, out var address)
            && address.AddressFamily == AddressFamily.InterNetwork && !address.Equals(IPAddress.Any)
                ? address
                : throw new GatewayException(GatewayFailure.Refused, "it has no external address");
    }

    /// <summary>Searches for the description of the gateway: at the gateway, and in the network, since not every gateway answers the first.</summary>
    private async Task<Uri> SearchAsync(PortMappingTarget target, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(SearchTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var socket = new Socket(target.Gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(target.Local.Address, 0));
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, target.Local.Address.GetAddressBytes());
            foreach (var search in UpnpSearch.Write())
            {
                await socket.SendToAsync(search, new IPEndPoint(target.Gateway, searchPort), either.Token).ConfigureAwait(false);
                await socket.SendToAsync(search, new IPEndPoint(UpnpSearch.Group, searchPort), either.Token).ConfigureAwait(false);
            }

            var buffer = new byte[UpnpSearch.MaxLength + 1];
            for (var i = 0; i < MaxDatagrams; i++)
            {
                var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), either.Token).ConfigureAwait(false);
                if (((IPEndPoint)received.RemoteEndPoint).Address.Equals(target.Gateway) && UpnpSearch.TryRead(buffer.AsSpan(0, received.ReceivedBytes), target.Gateway, out var location))
                    return location;
            }

            throw new GatewayException(GatewayFailure.NoAnswer, "its answers are not valid");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GatewayException(GatewayFailure.NoAnswer, "no answer");
        }
        catch (SocketException exception)
        {
            throw new GatewayException(GatewayFailure.NoAnswer, $"not reached ({exception.SocketErrorCode})");
        }
    }
}
