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
    /// <exception cref="IOException">The interfaces can't be read, because no file can be opened for example. That says nothing about them.</exception>
    public static ImmutableArray<IPAddress>? Find(string name) => Read(() =>
        NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase)) is { } found
            ? [.. found.GetIPProperties().UnicastAddresses.Select(static each => each.Address).Where(static address => !address.IsIPv6LinkLocal)]
            : (ImmutableArray<IPAddress>?)null);

    /// <summary>Reads something of the interfaces.</summary>
    /// <param name="read">The reading.</param>
    /// <returns>The value that was read; the default value on a system that has no interfaces to read.</returns>
    /// <exception cref="IOException">The reading failed.</exception>
    public static T? Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PlatformNotSupportedException)
        {
            return default;
        }
        catch (Exception exception) when (exception is NetworkInformationException or UnauthorizedAccessException)
        {
            throw new IOException($"the network interfaces can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Gets the addresses.</summary>
    /// <param name="name">The name.</param>
    /// <param name="find">Finds the addresses, as <see cref="Find"/>.</param>
    /// <exception cref="IOException">There is no such interface, it has no address, or it can't be read; the message contains the remedy or the reason.</exception>
    public static ImmutableArray<IPAddress> Get(string name, Func<string, ImmutableArray<IPAddress>?> find) => find(name) switch
    {
        { IsEmpty: false } found => found,
        null => throw new IOException($"cannot listen on {name}: no interface has this name; use {string.Join(", ", Read(NetworkInterface.GetAllNetworkInterfaces)?.Select(static each => each.Name) ?? [])}"),
        _ => throw new IOException($"cannot listen on {name}: the interface has no address; give it one, or name another"),
    };
}
