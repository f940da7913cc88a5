using System.Net;
using System.Net.Sockets;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>
/// The inbound connections of a <see cref="RulesWorld"/> as its limits see them, counted again from a plain list each time: those that are there at any instant, and
/// whether a newcomer may be admitted, or had to be refused.
/// </summary>
internal sealed class InboundModel(RulesOptions options)
{
    private readonly List<Inbound> _live = [];

    public InboundLimits Limits { get; set; } = options.Manager.InboundLimits;

    public int Ordinary => _live.Count(static other => !other.IsAllowed);

    /// <summary>Adds a connection; the one that made room for it has left.</summary>
    public void Enter(Link link, EndPoint? remote, ListenerInfo listener, int? maxInbound)
    {
        var inbound = new Inbound(link, remote, listener, link.IsAllowed);
        _live.Add(inbound);
        if (inbound.IsAllowed)
        {
            Require(IsInRange(remote, listener), "A connection took a place of the allowed ranges that is in none.");
            Require(Allowed <= Limits.MaxAllowListed, "More connections of allowed ranges than they have places.");
            return;
        }

        Require(Ordinary <= (maxInbound ?? int.MaxValue), "More inbound connections than the limit.");
        Require(Handshakes() <= MaxHandshakes(maxInbound), "More unfinished handshakes than the limit.");
        if (listener.Profile.IsOverlay)
        {
            Require(Count(other => other.Listener == listener) <= (listener.Profile.MaxConnections ?? int.MaxValue), "More connections of an onion service than its limit.");
            Require(Handshakes(other => other.Listener == listener) <= listener.Profile.MaxHandshakes, "More unfinished handshakes of an onion service than its limit.");
        }
        else if (GetAddress(remote) is { } address && StandsForAHost(address))
        {
            Require(Count(other => AtHost(other, address)) <= MaxPerHost(maxInbound), "More connections of a host than the limit.");
            Require(Count(other => InPrefix(other, address)) <= MaxPerPrefix(maxInbound), "More connections of a prefix than the limit.");
            Require(Handshakes(other => InPrefix(other, address)) <= Limits.MaxHandshakesPerPrefix, "More unfinished handshakes of a prefix than the limit.");
        }
    }

    public void Leave(Link link) => Require(_live.RemoveAll(other => other.Link == link) == 1, "An inbound connection ended that was not there.");

    /// <summary>Checks that there was a reason to refuse a connection.</summary>
    public void Refused(EndPoint? remote, ListenerInfo listener, ConnectFailureCause cause, int? maxInbound, bool isDiscouraged, bool isTotalFull)
    {
        var isOnion = listener.Profile.IsOverlay;
        var address = GetAddress(remote);
        if (IsInRange(remote, listener) && Allowed < Limits.MaxAllowListed)
        {
            Require(
                cause is ConnectFailureCause.GateRefused or ConnectFailureCause.DuplicateAddress or ConnectFailureCause.Canceled or ConnectFailureCause.Stopped,
                $"A connection of an allowed range was refused for {cause}, though a place was left.");
        }

        var hadReason = cause switch
        {
            ConnectFailureCause.HostLimit => !isOnion && StandsForAHost(address!) && Count(other => AtHost(other, address!)) >= MaxPerHost(maxInbound),
            ConnectFailureCause.PrefixLimit when isOnion => Count(other => other.Listener == listener) >= listener.Profile.MaxConnections,
            ConnectFailureCause.PrefixLimit => StandsForAHost(address!) && Count(other => InPrefix(other, address!)) >= MaxPerPrefix(maxInbound),
            ConnectFailureCause.HandshakeLimit => Handshakes() >= MaxHandshakes(maxInbound)
                || (isOnion ? Handshakes(other => other.Listener == listener) >= listener.Profile.MaxHandshakes : address is not null && StandsForAHost(address) && Handshakes(other => InPrefix(other, address)) >= Limits.MaxHandshakesPerPrefix),
            ConnectFailureCause.ConnectionLimit => isDiscouraged || isTotalFull || Ordinary >= maxInbound,
            ConnectFailureCause.RateLimit or ConnectFailureCause.FloodLimit => isOnion || StandsForAHost(address!),
            _ => cause is ConnectFailureCause.GateRefused or ConnectFailureCause.DuplicateAddress or ConnectFailureCause.Canceled or ConnectFailureCause.Stopped,
        };
        Require(hadReason, $"A connection was refused for {cause} without reason.");
    }

    /// <summary>Checks that a connection may make room for another; for one that the user asked for, any may.</summary>
    public void Evicted(Link link, TimeSpan now, bool forInbound)
    {
        Require(!link.IsAllowed, "A connection of an allowed range was evicted from its place.");
        if (!forInbound)
            return;
        Require(Limits.EvictionEnabled, "A connection was evicted though that is off.");
        Require(!link.Permissions.HasFlag(ConnectionPermissions.NoBan) && !link.Facts!.IsProtected, "A protected connection was evicted.");
        Require(now - link.StartedAt >= Limits.MinEvictionAge, "A connection was evicted that is too young.");
        Require(Ordinary > 20, "One of 20 or fewer connections was evicted.");
    }

    private int Allowed => _live.Count(static other => other.IsAllowed);

    private int MaxPerHost(int? maxInbound) => Limits.MaxPerHost ?? (maxInbound is { } max ? Math.Max(8, max / 8) : int.MaxValue);

    private int MaxPerPrefix(int? maxInbound) => Limits.MaxPerPrefix ?? (maxInbound is { } max ? Math.Max(8, max / 4) : int.MaxValue);

    private int MaxHandshakes(int? maxInbound) => Limits.MaxHandshakes ?? (maxInbound is { } max ? Math.Max(32, max / 2) : int.MaxValue);

    private int Count(Func<Inbound, bool> which) => _live.Count(other => !other.IsAllowed && which(other));

    private int Handshakes(Func<Inbound, bool>? which = null) =>
        options.HasHandshake ? Count(other => other.Link.Phase == LinkPhase.Handshaking && (which is null || which(other))) : 0;

    private static bool AtHost(Inbound other, IPAddress address) =>
        !other.Listener.Profile.IsOverlay && GetAddress(other.Remote) is { } theirs && GetHost(theirs) == GetHost(address);

    private static NetworkSubnet GetHost(IPAddress address) => NetworkSubnet.FromHost(NetworkAddress.FromIPAddress(address));

    private bool InPrefix(Inbound other, IPAddress address)
    {
        if (other.Listener.Profile.IsOverlay || GetAddress(other.Remote) is not { } theirs || theirs.AddressFamily != address.AddressFamily || !StandsForAHost(theirs))
            return false;
        var length = address.AddressFamily == AddressFamily.InterNetwork ? Limits.IPv4PrefixLength : Limits.IPv6PrefixLength;
        return address.GetAddressBytes().AsSpan(0, length / 8).SequenceEqual(theirs.GetAddressBytes().AsSpan(0, length / 8)); // Whole bytes only, here.
    }

    /// <summary>Determines whether an address stands for one host. Many hosts may be behind a gateway at the others, so they have no limits by source.</summary>
    private static bool StandsForAHost(IPAddress address) => NetworkAddress.FromIPAddress(address).IsRoutable;

    private bool IsInRange(EndPoint? remote, ListenerInfo listener) =>
        !listener.Profile.IsOverlay && GetAddress(remote) is { } address && Limits.AllowList.Any(range => range.IsInbound && range.Network.Contains(address));

    private static IPAddress? GetAddress(EndPoint? remote) => (remote as IPEndPoint)?.Address;

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }

    private sealed record Inbound(Link Link, EndPoint? Remote, ListenerInfo Listener, bool IsAllowed);
}
