using System.Globalization;
using System.Net;

namespace Connmgr.Rules;

/// <summary>The addresses that a host name leads to: which of them may be tried, and whose the others are.</summary>
internal sealed partial class ConnectionRules
{
    private readonly AddressReservations _reserved = new();

    /// <summary>The addresses that dials of names are about to try.</summary>
    public AddressReservations Reserved => _reserved;

    /// <summary>A dial of a name asks for one of the name's addresses before it connects to it.</summary>
    /// <returns>Why it must not; null when it may.</returns>
    public ConnectFailedException? Reserve(Link link, EndPoint remoteEndPoint)
    {
        if (!link.IsRunning)
            return null; // The dial has returned. What its dialler goes on with in the background is its own affair.
        if (link.Phase != LinkPhase.Dialing)
            return Refused(ConnectFailureCause.Canceled, $"{EndPointText.Of(remoteEndPoint)} is not dialled: the attempt was given up");
        var key = EndPointKey.Of(remoteEndPoint);
        if (IsGated(key, link.Request.FromSource))
            return Refused(ConnectFailureCause.Gated, $"{EndPointText.Of(key)} is not dialled: it is banned or discouraged");
        if (_options.AllowDuplicateAddresses)
            return null;
        if (HolderOf(key, link.Request) is { } holder)
            return InUse(key, holder);
        if (link.Request.Kind == ConnectionKind.Automatic && Netgroups.IsFull(_options.GroupOf(key)))
            return Refused(ConnectFailureCause.NetgroupFull, $"{EndPointText.Of(key)} is not dialled: there are as many connections to its netgroup as are allowed");
        _reserved.TryReserve(key, link);
        return null;
    }

    /// <summary>The request that has an address, or tries it by name; null when it is free for this one.</summary>
    private Request? HolderOf(EndPoint key, Request request)
    {
        var holder = _claims.OwnerOf(key) ?? _reserved.HolderOf(key)?.Request;
        return ReferenceEquals(holder, request) ? null : holder;
    }

    private static ConnectFailedException InUse(EndPoint key, Request holder)
    {
        var kind = holder.Kind switch
        {
            ConnectionKind.Permanent => "permanent",
            ConnectionKind.OneOff => "one-off",
            _ => "automatic",
        };
        var name = holder.EndPoint is { } endPoint && !key.Equals(holder.Key) ? $" ({EndPointText.Of(endPoint)})" : string.Empty;
        return Refused(ConnectFailureCause.DuplicateAddress, $"{EndPointText.Of(key)} is not dialled: it belongs to the {kind} request {holder.Id.ToString(CultureInfo.InvariantCulture)}{name}");
    }

    private static ConnectFailedException Refused(ConnectFailureCause cause, string message) => new(ConnectPhase.Tcp, cause, message);
}
