using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// Draws the peers to which an address is relayed: the same ones for a day, so that sending it repeatedly spreads it no further, and
/// outsiders can't predict them. Pure. (As in Bitcoin Core. The day of each address begins at a different time.)
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

    /// <summary>Gets the number of peers to relay the address to: 2, but 1 for half of the addresses that the node can't dial.</summary>
    public int GetTargetCount(bool isReachable) => isReachable || (_seed & 1) == 0 ? 2 : 1;

    /// <summary>Gets the weight of a peer. The peers with the highest weights get the address.</summary>
    /// <param name="peer">The secret number of the peer.</param>
    public ulong GetWeight(ulong peer) => Mix(_seed ^ peer);

    /// <summary>Mixes bits by the finalizer of SplitMix64: each bit depends on each. The input is secret, so no more is needed.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
