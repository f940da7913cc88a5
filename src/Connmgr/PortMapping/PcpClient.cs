using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Asks gateways by PCP. Thread-safe.</summary>
/// <param name="datagrams">Sends the requests.</param>
internal sealed class PcpClient(GatewayDatagrams datagrams) : IGatewayClient
{
    public async Task<MappingAnswer> MapAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(request, (uint)request.Lifetime.TotalSeconds, cancellationToken).ConfigureAwait(false);
        return new(reply.External!, TimeSpan.FromSeconds(reply.Lifetime), reply.Epoch);
    }

    public async Task<CheckAnswer> CheckAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var announce = PcpCodec.WriteAnnounce(request.Target.Local.Address);
        var reply = await datagrams.AskAsync<PcpReply>(request.Target, announce, PcpCodec.TryRead, cancellationToken).ConfigureAwait(false);

        // A gateway that knows no announcements still tells its epoch.
        if (reply.Result is not (PcpResult.Success or PcpResult.UnsupportedOperation))
            ThrowRefused(reply);
        return new(IsMapped: true, Address: null, reply.Epoch);
    }

    public Task RemoveAsync(GatewayRequest request, CancellationToken cancellationToken) => AskAsync(request, lifetime: 0, cancellationToken);

    private static void ThrowRefused(PcpReply reply) =>
        throw new GatewayException(GatewayFailure.Refused, $"refused ({reply.Result})", TimeSpan.FromSeconds(reply.Lifetime));

    private async Task<PcpReply> AskAsync(GatewayRequest request, uint lifetime, CancellationToken cancellationToken)
    {
        var local = request.Target.Local;
        var any = local.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        var suggested = request.External ?? new IPEndPoint(any, local.Port);
        var map = PcpCodec.WriteMap(local, request.Nonce.AsSpan(), suggested, lifetime);
        var reply = await datagrams.AskAsync<PcpReply>(request.Target, map, PcpCodec.TryRead, cancellationToken).ConfigureAwait(false);
        if (reply.Result != PcpResult.Success)
            ThrowRefused(reply);
        return reply;
    }
}
