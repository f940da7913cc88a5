using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr;

/// <summary>Finds the addresses of a network interface by its name.</summary>
internal static class InterfaceAddresses
{
    /// <summary>Finds the addresses, without those that are valid on one link only.</summary>
    /// <param name="name">The name, such as eth0, in any case.</param>
    /// <returns>Null if there is no such interface.</returns>
    public static ImmutableArray<IPAddress>? Find(string name) =>
        ReadInterfaces().FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase)) is { } found
            ? [.. found.GetIPProperties().UnicastAddresses.Select(static each => each.Address).Where(static address => !address.IsIPv6LinkLocal)]
            : null;

    /// <summary>Gets the addresses.</summary>
    /// <param name="name">The name.</param>
    /// <param name="find">Finds the addresses, as <see cref="Find"/>.</param>
    /// <exception cref="IOException">There is no such interface, or it has no address; the message contains the remedy.</exception>
    public static ImmutableArray<IPAddress> Get(string name, Func<string, ImmutableArray<IPAddress>?> find) => find(name) switch
    {
        { IsEmpty: false } found => found,
        null => throw new IOException($"cannot listen on {name}: no interface has this name; use {string.Join(", ", ReadInterfaces().Select(static each => each.Name))}"),
        _ => throw new IOException($"cannot listen on {name}: the interface has no address; give it one, or name another"),
    };

    private static NetworkInterface[] ReadInterfaces()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces();
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            return [];
        }
    }
}
