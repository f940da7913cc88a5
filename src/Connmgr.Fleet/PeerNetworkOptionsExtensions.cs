using Connmgr.Bitcoin;

namespace Connmgr.Fleet;

/// <summary>Adds a fleet to the options of a <see cref="PeerNetwork"/>.</summary>
public static class PeerNetworkOptionsExtensions
{
    /// <summary>
    /// Lets the network dial only addresses that its process has claimed: no two processes of the fleet dial or hold the same address. That
    /// holds for all outbound connections, those to peers that the user named too; a DNS name is claimed as a name, not as the addresses that it
    /// leads to. While Redis does not answer, connections stay and none is begun. Call it after <see cref="PeerNetworkOptions.Configure"/> was
    /// set.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="fleet">The fleet, which outlives the network.</param>
    public static void UseClaims(this PeerNetworkOptions options, FleetConnection fleet)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(fleet);
        var configure = options.Configure;
        options.Configure = manager =>
        {
            configure?.Invoke(manager);
            manager.Dial = fleet.Claims.Wrap(manager.Dial!);
            if (manager.AddressSource is { } source)
                manager.AddressSource = fleet.Claims.Wrap(source);
        };
    }
}
