using System.Net;

namespace Connmgr.Rules;

/// <summary>The gate: bans and discouragement, at each place where they count.</summary>
internal sealed partial class ConnectionRules
{
    /// <summary>Asks the gate about everything again, for its answers have changed. Ends what it refuses.</summary>
    /// <returns>How many connections and attempts it ended.</returns>
    public int RecheckGate(TimeSpan now)
    {
        var count = 0;
        foreach (var request in _requests.Values.ToArray())
        {
            if (request.Link is not { } link || !IsGated(link))
                continue;
            count++;
            if (link.Phase == LinkPhase.Established)
                Close(link, DisconnectReason.Of(DisconnectCause.Gated), triggerReconnect: false, now);
            else
                FailAttempt(link, ConnectFailureCause.Gated, now);
        }

        Settle(now);
        return count;
    }

    /// <summary>Ends the connections and attempts at all addresses that match, as <see cref="Disconnect"/> does.</summary>
    /// <returns>How many.</returns>
    public int DisconnectWhere(Func<EndPoint, bool> matches, TimeSpan now)
    {
        var count = 0;
        foreach (var request in _requests.Values.ToArray())
        {
            if (request.Link is not { } link || !Matches(link, matches))
                continue;
            count++;
            if (link.Phase == LinkPhase.Established)
                Close(link, DisconnectReason.Of(DisconnectCause.Disconnected), triggerReconnect: false, now);
            else
                GiveUp(link, now);
        }

        Settle(now);
        return count;
    }

    /// <summary>A name was dialled and led to an address: either may be meant.</summary>
    private static bool Matches(Link link, Func<EndPoint, bool> matches) =>
        (link.RemoteEndPoint is { } remote && matches(EndPointKey.Plain(remote))) || (link.Request.EndPoint is { } dialled && matches(dialled));

    /// <summary>Whether an address may not be dialled. A discouraged one is not chosen, but dialled for those who ask for it.</summary>
    private bool IsGated(EndPoint endPoint, bool fromSource) => _options.Gate(endPoint, ConnectionDirection.Outbound) switch
    {
        GateVerdict.Allow => false,
        GateVerdict.Discourage => fromSource,
        _ => true,
    };

    /// <summary>Whether the gate refuses a connection, whose address may be known better now than when it was dialled.</summary>
    private bool IsGated(Link link)
    {
        if ((link.RemoteEndPoint ?? link.Request.EndPoint) is not { } endPoint)
            return false;
        if (link.Request.Kind != ConnectionKind.Inbound)
            return IsGated(EndPointKey.Plain(endPoint), link.Request.FromSource);
        var verdict = VerdictOn(EndPointKey.Plain(endPoint), link.Permissions);
        link.IsDiscouraged = verdict == GateVerdict.Discourage && link.Facts is not { Network: AddressNetwork.TorV3 }; // Tor's address is not the peer's.
        return verdict == GateVerdict.Refuse;
    }

    private GateVerdict VerdictOn(EndPoint inbound, ConnectionPermissions permissions) =>
        permissions.HasFlag(ConnectionPermissions.NoBan) ? GateVerdict.Allow : _options.Gate(inbound, ConnectionDirection.Inbound) switch
        {
            GateVerdict.Allow => GateVerdict.Allow,
            GateVerdict.Discourage => GateVerdict.Discourage,
            _ => GateVerdict.Refuse,
        };
}
