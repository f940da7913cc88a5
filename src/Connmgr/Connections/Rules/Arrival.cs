using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>What is known of a connection that was accepted by a listener and not by the rules yet. Nothing is allocated for it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Arrival
{
    public required Door Door { get; init; }

    /// <summary>The remote address in the form that is compared; null when it is not known.</summary>
    public EndPoint? Key { get; init; }

    /// <summary>The remote address, when it has one; the default otherwise.</summary>
    public NetworkAddress Address { get; init; }

    /// <summary>
    /// Where it counts; null when its origin is not known or does not stand for one host, or an allowed range has a place for it.
    /// </summary>
    public InboundSource? Source { get; init; }

    public ConnectionPermissions Permissions { get; init; }

    /// <summary>Whether it takes one of the places of the allowed ranges.</summary>
    public bool IsAllowed { get; init; }

    public bool IsDiscouraged { get; init; }

    public AddressNetwork Network => Door.Profile.IsOnion ? AddressNetwork.TorV3 : Address.Network;
}
