using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>A listener as the rules see it.</summary>
/// <param name="Number">The number of the listener.</param>
/// <param name="Profile">The properties that all its connections share.</param>
internal sealed record ListenerInfo(int Number, ListenerProfile Profile);

/// <summary>A connection that a listener accepted, before the rules admit it. Nothing is allocated for it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InboundAttempt
{
    public required ListenerInfo Listener { get; init; }

    /// <summary>The remote address in the form that is compared; null when it is not known.</summary>
    public EndPoint? Key { get; init; }

    /// <summary>The remote address, when it has one; the default otherwise.</summary>
    public NetworkAddress Address { get; init; }

    /// <summary>
    /// The source for which it counts; null if its origin is not known or does not stand for a single host, or if the allow-list has a
    /// place for it.
    /// </summary>
    public InboundSource? Source { get; init; }

    public ConnectionPermissions Permissions { get; init; }

    /// <summary>True when it takes one of the places that are reserved for the allow-list.</summary>
    public bool IsAllowed { get; init; }

    public bool IsDiscouraged { get; init; }

    public AddressNetwork Network => Listener.Profile switch
    {
        { IsOnion: true } => AddressNetwork.TorV3,
        { IsI2P: true } => AddressNetwork.I2P,
        _ => Address.Network,
    };
}
