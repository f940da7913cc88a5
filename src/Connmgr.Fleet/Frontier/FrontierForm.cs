using System.Buffers.Binary;
using Connmgr.Bitcoin;
using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>The bytes of a frontier in Redis: addresses are short there, because there are a million of them.</summary>
internal static class FrontierForm
{
    private const int EntryLength = 14;
    private const int FailuresAt = 8;
    private const int VisitedAt = 9;
    private const int GroupAt = 10;

    /// <summary>Gets the member of an address: the network of BIP155, the address, the port.</summary>
    public static byte[] GetMember(in NetworkEndPoint endPoint)
    {
        var member = new byte[1 + endPoint.Address.Bip155Length + 2];
        member[0] = endPoint.Address.Bip155Id;
        endPoint.Address.WriteBip155(member.AsSpan(1));
        BinaryPrimitives.WriteUInt16BigEndian(member.AsSpan(member.Length - 2), endPoint.Port);
        return member;
    }

    /// <summary>Reads the address of a member. Redis may hold anything, so nothing is assumed of it.</summary>
    public static bool TryReadMember(ReadOnlySpan<byte> member, out NetworkEndPoint endPoint)
    {
        endPoint = default;
        if (member.Length < 3 || NetworkAddress.ReadBip155(member[0], member[1..^2], out var address) != Bip155DecodeStatus.Decoded)
            return false;
        endPoint = new(address, BinaryPrimitives.ReadUInt16BigEndian(member[^2..]));
        return true;
    }

    public static byte[] GetServices(ulong services)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, services);
        return bytes;
    }

    /// <summary>Gets four bytes for the netgroup of an address, the same in every process. Two groups with the same bytes share their pace.</summary>
    public static byte[] GetGroup(in NetworkAddress address, INetgrouper netgrouper)
    {
        Span<byte> group = stackalloc byte[Netgroup.MaxLength];
        group = group[..netgrouper.GetGroup(address).WriteBytes(group)];
        var hash = 2166136261u; // FNV-1a.
        foreach (var each in group)
            hash = unchecked((hash ^ each) * 16777619);
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, hash);
        return bytes;
    }

    /// <summary>Creates the entry of a leased address, as it was when it was leased.</summary>
    public static byte[] GetEntry(in FrontierLease lease, INetgrouper netgrouper)
    {
        var entry = new byte[EntryLength];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, lease.Services);
        entry[FailuresAt] = (byte)Math.Min(lease.Failures, byte.MaxValue);
        entry[VisitedAt] = (byte)(lease.IsNew ? 0 : 1);
        GetGroup(lease.EndPoint.Address, netgrouper).CopyTo(entry, GroupAt);
        return entry;
    }

    public static bool TryReadLease(RedisResult member, RedisResult token, RedisResult entry, out FrontierLease lease)
    {
        lease = default;
        if ((byte[]?)entry is not { Length: >= EntryLength } bytes || !TryReadMember((byte[]?)member, out var endPoint))
            return false;
        lease = new(endPoint, (long)token)
        {
            Services = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            Failures = bytes[FailuresAt],
            IsNew = bytes[VisitedAt] == 0,
        };
        return true;
    }
}
