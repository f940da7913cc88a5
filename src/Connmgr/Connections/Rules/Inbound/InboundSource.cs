using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>
/// The source for which an inbound connection counts: its host (see <see cref="NetworkSubnet.FromHost"/>) and its prefix, or, for an onion
/// service, its listener as both. Kept as the address and two lengths, half the size of both, for each connection has one.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InboundSource
{
    private readonly UInt128 _bits;
    private readonly int _hostLength;
    private readonly int _prefixLength;

    private InboundSource(UInt128 bits, int hostLength, int prefixLength) => (_bits, _hostLength, _prefixLength) = (bits, hostLength, prefixLength);

    public SourcePrefix Host => GetPrefix(_hostLength);

    public SourcePrefix Prefix => GetPrefix(_prefixLength);

    public static InboundSource FromListener(ListenerInfo listener)
    {
        var prefix = SourcePrefix.OfListener(listener.Number);
        return new(prefix.Bits, prefix.Length, prefix.Length);
    }

    public static InboundSource FromAddress(SourcePrefix address, InboundLimits limits) =>
        new(address.Bits, address.HostLength, address.Shortened(limits.IPv4PrefixLength, limits.IPv6PrefixLength).Length);

    private SourcePrefix GetPrefix(int length) => length < 0 ? new(_bits, length) : new(_bits & SourcePrefix.GetMask(length), length);
}
