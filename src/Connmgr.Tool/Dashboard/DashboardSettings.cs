using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Tool;

/// <summary>The settings of a dashboard. Immutable.</summary>
internal sealed record DashboardSettings
{
    /// <summary>The local address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The port; 0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary>The host names of the dashboard, in addition to its address and localhost.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>The most connections at a time, without those of health checks.</summary>
    public int MaxConnections { get; init; } = DashboardPlaces.DefaultMax;

    /// <summary>True when other machines can reach it. Then reading also needs the token.</summary>
    public bool IsRemote => !IsLoopback(Address);

    /// <summary>Determines whether an address belongs to this machine only.</summary>
    public static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address);
}
