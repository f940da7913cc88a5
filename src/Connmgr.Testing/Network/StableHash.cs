using System.Net;
using System.Text;

namespace Connmgr.Testing;

/// <summary>A hash of addresses that is the same in every process, unlike <see cref="object.GetHashCode"/>.</summary>
internal static class StableHash
{
    /// <summary>Maps an address to a number from 0 up to but not including 1, evenly distributed.</summary>
    public static double ToUnit(int seed, EndPoint endPoint)
    {
        var hash = Mix(unchecked((ulong)seed));
        if (endPoint is IPEndPoint ip)
        {
            Span<byte> bytes = stackalloc byte[16];
            ip.Address.TryWriteBytes(bytes, out var length);
            hash = Mix(Add(hash, bytes[..length]) ^ (uint)ip.Port);
        }
        else
        {
            hash = Add(hash, Encoding.UTF8.GetBytes(endPoint.ToString() ?? ""));
        }

        return (Mix(hash) >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) hash = Mix(hash ^ b);
        return hash;
    }

    /// <summary>Applies one step of SplitMix64: its increment and its finalizer.</summary>
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
