using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Tests.Addresses;

/// <summary>Where Bitcoin Core's address manager places an address: what the bytes of groups and keys are for.</summary>
internal sealed class CorePlacement(byte[] secret, INetgrouper grouper)
{
    public int Tried(NetworkEndPoint endPoint)
    {
        var slot = Hash(Vector(Key(endPoint))) % 8;
        return (int)(Hash(Vector(Group(endPoint.Address)), UInt64(slot)) % 256);
    }

    public int New(NetworkEndPoint endPoint, NetworkAddress source)
    {
        var slot = Hash(Vector(Group(endPoint.Address)), Vector(Group(source))) % 64;
        return (int)(Hash(Vector(Group(source)), UInt64(slot)) % 1024);
    }

    public int Position(NetworkEndPoint endPoint, bool tried, int bucket)
    {
        var bytes = new byte[5];
        bytes[0] = (byte)(tried ? 'K' : 'N');
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), bucket);
        return (int)(Hash(bytes, Vector(Key(endPoint))) % 64);
    }

    private static byte[] Key(NetworkEndPoint endPoint)
    {
        var key = new byte[NetworkEndPoint.MaxKeyLength];
        return key[..endPoint.WriteKey(key)];
    }

    private static byte[] Vector(byte[] bytes) => [(byte)bytes.Length, .. bytes];

    private static byte[] UInt64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private byte[] Group(NetworkAddress address)
    {
        var group = new byte[Netgroup.MaxLength];
        return group[..grouper.GetGroup(address).WriteBytes(group)];
    }

    private ulong Hash(params byte[][] parts) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(SHA256.HashData([.. secret, .. parts.SelectMany(part => part)])));
}
