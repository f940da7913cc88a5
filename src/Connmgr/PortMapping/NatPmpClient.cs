using System.Net;

namespace Connmgr;

/// <summary>Asks gateways by NAT-PMP. Thread-safe.</summary>
/// <param name="datagrams">Sends the requests.</param>
internal sealed class NatPmpClient(GatewayDatagrams datagrams) : IGatewayClient
{
    public async Task<MappingAnswer> MapAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var address = await AskAsync(request, NatPmpCodec.WriteGetAddress(), cancellationToken).ConfigureAwait(false);
        var port = (ushort)request.Target.Local.Port;
        var map = NatPmpCodec.WriteMap(port, (ushort)(request.External?.Port ?? port), (uint)request.Lifetime.TotalSeconds);
        var reply = await AskAsync(request, map, cancellationToken).ConfigureAwait(false);
        return new(new IPEndPoint(address.Address!, reply.ExternalPort), TimeSpan.FromSeconds(reply.Lifetime), reply.Epoch);
    }

    public async Task<CheckAnswer> CheckAsync(GatewayRequest request, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(request, NatPmpCodec.WriteGetAddress(), cancellationToken).ConfigureAwait(false);
        return new(IsMapped: true, reply.Address, reply.Epoch);
    }

    public Task RemoveAsync(GatewayRequest request, CancellationToken cancellationToken) =>
        AskAsync(request, NatPmpCodec.WriteMap((ushort)request.Target.Local.Port, suggested: 0, lifetime: 0), cancellationToken);

    private async Task<NatPmpReply> AskAsync(GatewayRequest request, byte[] data, CancellationToken cancellationToken)
    {
        var reply = await datagrams.AskAsync<NatPmpReply>(request.Target, data, NatPmpCodec.TryRead, cancellationToken).ConfigureAwait(false);
        return reply.Result == NatPmpResult.Success ? reply : throw new GatewayException(GatewayFailure.Refused, $"refused ({reply.Result})");
    }
}
