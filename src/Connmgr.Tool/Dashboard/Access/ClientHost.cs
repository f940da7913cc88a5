using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>The host of a dashboard's client, as limits count it: an IPv4 address, or the /64 of an IPv6 address.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ClientHost
{
    private const int PrefixBytes = 8;

    private readonly ulong _prefix;
    private readonly bool _isIPv6;

    private ClientHost(ulong prefix, bool isIPv6) => (_prefix, _isIPv6) = (prefix, isIPv6);

    /// <summary>Gets the host of an address. Null also stands for one host.</summary>
    public static ClientHost From(IPAddress? address)
    {
        if (address is null)
            return default;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new(BinaryPrimitives.ReadUInt64BigEndian(bytes[..PrefixBytes]), isIPv6: true)
            : new(BinaryPrimitives.ReadUInt32BigEndian(bytes), isIPv6: false);
    }
}
