using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// The options of a <see cref="TcpDialer"/>. Validated and copied when the dialer is created; later changes have no effect.
/// Not thread-safe.
/// </summary>
public sealed class TcpDialerOptions : IValidatedOptions
{
    /// <summary>
    /// The resolver, which turns the host name of a <see cref="DnsEndPoint"/> into addresses, in order of preference. Called at each
    /// attempt, concurrently; literal addresses never reach it. Default: the system's resolver,
    /// <see cref="Dns.GetHostAddressesAsync(string, CancellationToken)"/>.
    /// </summary>
    /// <remarks>
    /// The system's resolver can reveal to a name server which peers you want. Behind a proxy, give names to the proxy instead. An empty
    /// answer counts as <see cref="ConnectFailureCause.NameNotFound"/>; an exception that is not a <see cref="ConnectFailedException"/> or
    /// <see cref="SocketException"/> as <see cref="ConnectFailureCause.Unknown"/>.
    /// </remarks>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; set; }

    /// <summary>
    /// The time for which one address of a host name is tried alone before the next one is tried as well, as in RFC 8305 (happy eyeballs).
    /// More than zero; <see cref="TimeSpan.MaxValue"/> for one after the other. Default 250 ms. After a failure the next address is tried at
    /// once.
    /// </summary>
    public TimeSpan NextAddressDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The local address that IPv4 connections are made from. Default: the system chooses.</summary>
    public IPAddress? LocalIPv4Address { get; set; }

    /// <summary>The local address that IPv6 connections are made from. Default: the system chooses.</summary>
    public IPAddress? LocalIPv6Address { get; set; }

    /// <summary>The clock for <see cref="NextAddressDelay"/>. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="TcpDialer"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. FamilyErrors(nameof(LocalIPv4Address), LocalIPv4Address, AddressFamily.InterNetwork),
        .. FamilyErrors(nameof(LocalIPv6Address), LocalIPv6Address, AddressFamily.InterNetworkV6),
    ];

    private IEnumerable<string> Errors()
    {
        if (NextAddressDelay <= TimeSpan.Zero)
            yield return $"{nameof(NextAddressDelay)} is {NextAddressDelay}; it must be more than zero (250 ms is usual).";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it at its default.";
    }

    private static IEnumerable<string> FamilyErrors(string name, IPAddress? address, AddressFamily family)
    {
        if (address is not null && address.AddressFamily != family)
            yield return Invariant($"{name} is {address}, which is not of that family.");
    }
}
