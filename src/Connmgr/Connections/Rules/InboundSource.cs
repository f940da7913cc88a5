using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>Where an inbound connection counts: at its host and its prefix, or, of an onion service, at its listener as both.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InboundSource(SourcePrefix Host, SourcePrefix Prefix)
{
    public static InboundSource Of(Door door) => new(SourcePrefix.OfListener(door.Number), SourcePrefix.OfListener(door.Number));

    public static InboundSource Of(SourcePrefix host, InboundLimits limits) => new(host, host.Shortened(limits.IPv4PrefixLength, limits.IPv6PrefixLength));
}
