using System.Net;

namespace Connmgr.Rules;

/// <summary>Applies the gate, the user's policy of bans and discouragement. Design C-19.</summary>
internal sealed class Gatekeeper(Func<EndPoint, ConnectionDirection, GateVerdict> gate)
{
    /// <summary>
    /// Determines whether an address may not be dialled. A discouraged address is not chosen, but is dialled on an explicit request.
    /// </summary>
    public bool RefusesDial(EndPoint endPoint, bool isChosen) => gate(endPoint, ConnectionDirection.Outbound) switch
    {
        GateVerdict.Allow => false,
        GateVerdict.Discourage => isChosen,
        _ => true,
    };

    /// <summary>Judges a peer that connects.</summary>
    public GateVerdict Judge(EndPoint inbound, ConnectionPermissions permissions) =>
        permissions.HasFlag(ConnectionPermissions.NoBan) ? GateVerdict.Allow : gate(inbound, ConnectionDirection.Inbound) switch
        {
            GateVerdict.Allow => GateVerdict.Allow,
            GateVerdict.Discourage => GateVerdict.Discourage,
            _ => GateVerdict.Refuse,
        };

    /// <summary>
    /// Judges a link again, because its address may now be known more precisely than when it was dialled. Updates whether it is
    /// discouraged.
    /// </summary>
    /// <returns>True when the gate refuses it.</returns>
    public bool Rejudge(Link link)
    {
        if ((link.RemoteEndPoint ?? link.Request.EndPoint) is not { } endPoint)
            return false;
        if (link.Request.Kind != ConnectionKind.Inbound)
            return RefusesDial(EndPointKey.BorrowPlain(endPoint), link.Request.IsChosen);
        var verdict = Judge(EndPointKey.BorrowPlain(endPoint), link.Permissions);
        link.IsDiscouraged = verdict == GateVerdict.Discourage && link.Facts is not { Network: AddressNetwork.TorV3 }; // Tor's address is not the peer's.
        return verdict == GateVerdict.Refuse;
    }
}
