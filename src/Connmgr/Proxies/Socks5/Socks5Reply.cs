using System.Net;

namespace Connmgr;

/// <summary>The outcome of a SOCKS5 exchange.</summary>
/// <param name="Fault">The fault; none when the request was granted.</param>
/// <param name="Status">The status byte of the reply, when there was one.</param>
/// <param name="Address">The address in a granted reply, when it is an IP address.</param>
/// <param name="HostName">The address in a granted reply, when it is a name.</param>
/// <param name="Port">The port in a granted reply.</param>
internal readonly record struct Socks5Reply(
    Socks5Fault Fault,
    byte Status = 0,
    IPAddress? Address = null,
    string? HostName = null,
    ushort Port = 0);
