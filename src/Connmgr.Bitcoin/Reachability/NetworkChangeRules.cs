using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>The rules for the connections that a change of the machine's network may have broken. Pure.</summary>
internal static class NetworkChangeRules
{
    /// <summary>Determines whether an address or a default route is gone. Anything new breaks no connection.</summary>
    public static bool CanBreak(LocalNetwork before, LocalNetwork after) =>
        !before.Addresses.IsSubsetOf(after.Addresses) || IsRouteLost(before, after);

    /// <summary>Determines whether a connection may be broken.</summary>
    /// <param name="before">The state before the change.</param>
    /// <param name="after">The state after it.</param>
    /// <param name="local">The local address of the connection: of that to its proxy, if there is one.</param>
    /// <param name="remote">The address of the peer.</param>
    /// <param name="isOnion">True for a connection through an onion service, whose peer has the address of Tor.</param>
    public static bool Affects(LocalNetwork before, LocalNetwork after, EndPoint? local, EndPoint? remote, bool isOnion)
    {
        var isWithinMachine = !isOnion && remote is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);
        if (IsRouteLost(before, after) && !isWithinMachine)
            return true; // Also behind a proxy of this machine: it has lost the route too.
        return local is IPEndPoint own && NetworkAddress.FromIPAddress(own.Address) is var known && before.Addresses.Contains(known) && !after.Addresses.Contains(known);
    }

    private static bool IsRouteLost(LocalNetwork before, LocalNetwork after) => !before.Routes.IsSubsetOf(after.Routes);
}
