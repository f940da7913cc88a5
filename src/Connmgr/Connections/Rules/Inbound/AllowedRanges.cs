using System.Net.Sockets;

namespace Connmgr.Rules;

/// <summary>The allowed ranges, in a form that allows look-ups without allocations.</summary>
internal sealed class AllowedRanges
{
    private readonly (UInt128 Bits, UInt128 Mask, ConnectionPermissions Permissions)[] _ranges;

    public AllowedRanges(IEnumerable<AllowedRange> ranges) => _ranges = [.. ranges.Where(static range => range.IsInbound).Select(Of)];

    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>Determines whether an address is in a range, and gets the combined permissions of all its ranges.</summary>
    public bool Contains(UInt128 address, out ConnectionPermissions permissions)
    {
        permissions = ConnectionPermissions.None;
        var isIn = false;
        foreach (var (bits, mask, permitted) in _ranges)
        {
            if ((address & mask) != bits)
                continue;
            isIn = true;
            permissions |= permitted;
        }

        return isIn;
    }

    private static (UInt128 Bits, UInt128 Mask, ConnectionPermissions Permissions) Of(AllowedRange range)
    {
        var isIPv4 = range.Network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        var mask = SourcePrefix.GetMask(range.Network.PrefixLength + (isIPv4 ? 96 : 0));
        return (SourcePrefix.GetBits(range.Network.BaseAddress) & mask, mask, range.Permissions);
    }
}
