using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The check of an address that becomes known only while a dial is under way: one of the addresses of a host name, or the remote address of
/// a stream.
/// </summary>
internal sealed class RemoteAddressCheck(RulesOptions options, Gatekeeper gatekeeper, ClaimTable claims, AddressReservations reserved, NetgroupTable netgroups)
{
    /// <summary>Reserves one of the addresses of a name that a dial is about to try.</summary>
    /// <returns>An error when it must not be tried; null when it may.</returns>
    public ConnectFailedException? Reserve(Link link, EndPoint remoteEndPoint)
    {
        if (!link.IsRunning)
            return null; // The dial has returned. What the dialer still does in the background is not the manager's concern.
        if (link.Phase != LinkPhase.Dialing)
            return Refused(ConnectFailureCause.Canceled, $"{EndPointText.Format(remoteEndPoint)} is not dialled: the attempt was given up");
        var key = EndPointKey.Create(remoteEndPoint);
        if (gatekeeper.RefusesDial(key, link.Request.IsChosen))
            return Refused(ConnectFailureCause.GateRefused, $"{EndPointText.Format(key)} is not dialled: it is banned or discouraged");
        if (options.Manager.AllowDuplicateAddresses)
            return null;
        if (GetHolder(key, link.Request) is { } holder)
            return InUse(key, holder);
        if (link.Request.Kind is (ConnectionKind.Automatic or ConnectionKind.Trial) && netgroups.IsFull(options.GetGroup(key)))
            return Refused(ConnectFailureCause.NetgroupLimit, $"{EndPointText.Format(key)} is not dialled: there are as many connections to its netgroup as are allowed");
        reserved.TryReserve(key, link);
        return null;
    }

    /// <summary>Claims the remote address of a successful dial if it differs from the dialled one.</summary>
    /// <returns>The reason why it must not be connected; <see cref="ConnectFailureCause.None"/> if it may.</returns>
    public ConnectFailureCause Claim(Link link, out ConnectFailedException? exception)
    {
        exception = null;
        var request = link.Request;
        if (gatekeeper.Rejudge(link))
            return ConnectFailureCause.GateRefused;
        if (link.RemoteEndPoint is not { } remoteEndPoint || options.Manager.AllowDuplicateAddresses)
            return ConnectFailureCause.None;
        if (EndPointKey.Borrow(remoteEndPoint).Equals(request.Key))
            return ConnectFailureCause.None;
        var key = EndPointKey.Create(remoteEndPoint);
        var group = link.Netgroup.IsNone ? options.GetGroup(key) : default;
        if (request.Kind is (ConnectionKind.Automatic or ConnectionKind.Trial) && netgroups.IsFull(group))
            return ConnectFailureCause.NetgroupLimit;
        if (GetHolder(key, request) is { } holder)
        {
            exception = InUse(key, holder);
            return ConnectFailureCause.DuplicateAddress;
        }

        claims.TryClaim(key, request);
        link.RemoteKey = key;
        if (link.Netgroup.IsNone)
        {
            link.Netgroup = group;
            netgroups.Add(group);
        }

        return ConnectFailureCause.None;
    }

    /// <summary>Creates the error for an address that another request has.</summary>
    public static ConnectFailedException InUse(EndPoint key, Request holder)
    {
        var kind = holder.Kind switch
        {
            ConnectionKind.Permanent => "permanent",
            ConnectionKind.OneOff => "one-off",
            ConnectionKind.Trial => "trial",
            _ => "automatic",
        };
        var name = holder.EndPoint is { } endPoint && !key.Equals(holder.Key) ? $" ({EndPointText.Format(endPoint)})" : string.Empty;
        return Refused(ConnectFailureCause.DuplicateAddress, Invariant($"{EndPointText.Format(key)} is not dialled: it belongs to the {kind} request {holder.Id}{name}"));
    }

    /// <summary>Gets the other request that has an address, or tries it by name; null if there is none.</summary>
    private Request? GetHolder(EndPoint key, Request request)
    {
        var holder = claims.GetOwner(key) ?? reserved.GetHolder(key)?.Request;
        return ReferenceEquals(holder, request) ? null : holder;
    }

    private static ConnectFailedException Refused(ConnectFailureCause cause, string message) => new(ConnectPhase.Tcp, cause, message);
}
