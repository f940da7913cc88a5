using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// Draws the peers that an address is passed on to: for a day the same ones, so that sending it again and again spreads it no further, and
/// nobody outside can tell which. Pure. (Bitcoin Core does so; each address has its own hour at which its day begins.)
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct RelayDraw
{
    private const ulong SecondsOfDay = 24 * 60 * 60;

    private readonly ulong _seed;

    /// <param name="key">The node's secret.</param>
    /// <param name="address">The address.</param>
    /// <param name="now">The present.</param>
    public RelayDraw(ulong key, in NetworkEndPoint address, DateTimeOffset now)
    {
        Span<byte> keyed = stackalloc byte[sizeof(ulong) + NetworkEndPoint.MaxKeyLength];
        BinaryPrimitives.WriteUInt64LittleEndian(keyed, key);
        var length = address.WriteKey(keyed[sizeof(ulong)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(keyed[..(sizeof(ulong) + length)], hash);
        var hour = BinaryPrimitives.ReadUInt64LittleEndian(hash) % SecondsOfDay;
        var day = ((ulong)Math.Max(0, now.ToUnixTimeSeconds()) + hour) / SecondsOfDay;
        _seed = Mix(BinaryPrimitives.ReadUInt64LittleEndian(hash[sizeof(ulong)..]) + day);
    }

    /// <summary>How many peers to pass it on to: 2; half of the addresses that we could not dial ourselves go to one alone.</summary>
    public int GetTargetCount(bool isReachable) => isReachable || (_seed & 1) == 0 ? 2 : 1;

    /// <summary>The lot of a peer: those with the highest get the address.</summary>
    /// <param name="peer">A secret number of the peer's.</param>
    public ulong GetWeight(ulong peer) => Mix(_seed ^ peer);

    /// <summary>The finalizer of SplitMix64: each bit depends on each. What goes in is secret, so no more is needed.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
