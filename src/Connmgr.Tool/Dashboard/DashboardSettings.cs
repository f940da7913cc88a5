using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Tool;

/// <summary>Where a dashboard is served. Immutable.</summary>
internal sealed record DashboardSettings
{
    /// <summary>The local address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The port; 0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary>Names by which it may be called beside its address; localhost always may.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>The most connections that are served at a time, beside those of health checks.</summary>
    public int MostConnections { get; init; } = DashboardPlaces.UsualMost;

    /// <summary>Whether other machines reach it: then reading takes the token, too.</summary>
    public bool IsRemote => !IsLoopback(Address);

    /// <summary>Whether an address is this machine's alone.</summary>
    public static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address);
}
