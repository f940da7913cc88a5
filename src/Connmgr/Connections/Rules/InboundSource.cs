using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>
/// Where an inbound connection counts: at its host and its prefix, or, of an onion service, at its listener as both. Kept as the address
/// and two lengths, half the size of both, for each connection has one.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InboundSource
{
    private readonly UInt128 _bits;
    private readonly int _hostLength;
    private readonly int _prefixLength;

    private InboundSource(SourcePrefix host, int prefixLength) => (_bits, _hostLength, _prefixLength) = (host.Bits, host.Length, prefixLength);

    public SourcePrefix Host => new(_bits, _hostLength);

    public SourcePrefix Prefix => _prefixLength == _hostLength ? Host : new(_bits & SourcePrefix.MaskOf(_prefixLength), _prefixLength);

    public static InboundSource Of(Door door)
    {
        var listener = SourcePrefix.OfListener(door.Number);
        return new(listener, listener.Length);
    }

    public static InboundSource Of(SourcePrefix host, InboundLimits limits) => new(host, host.Shortened(limits.IPv4PrefixLength, limits.IPv6PrefixLength).Length);
}
