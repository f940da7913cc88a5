using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>Encodes what sandbox peers tell of by themselves or on request: addresses and blocks.</summary>
internal static class SandboxGossip
{
    /// <summary>The inventory type of a block.</summary>
    private const int BlockType = 2;

    /// <summary>Network ids of BIP155.</summary>
    private const byte IPv4Network = 1, IPv6Network = 2;

    public static MessageCommand Inv { get; } = new("inv");

    /// <summary>The payload of an inv of one block.</summary>
    public static byte[] Block(SandboxTip tip, int height)
    {
        var payload = new byte[1 + sizeof(int) + 32];
        payload[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(1), BlockType);
        tip.WriteHash(height, payload.AsSpan(1 + sizeof(int)));
        return payload;
    }

    /// <summary>The payload of an addr, or of an addrv2 (BIP155), of at most 65,535 addresses.</summary>
    public static byte[] Addresses(IReadOnlyList<IPEndPoint> endPoints, NodeServices services, DateTimeOffset seen, bool isV2)
    {
        using var payload = new MemoryStream(3 + 30 * endPoints.Count);
        Span<byte> field = stackalloc byte[sizeof(ulong)];
        WriteCompactSize(payload, (ushort)endPoints.Count);
        foreach (var endPoint in endPoints)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, (uint)seen.ToUnixTimeSeconds());
            payload.Write(field[..sizeof(uint)]);
            if (isV2)
            {
                WriteCompactSize(payload, (ushort)services);
                var address = endPoint.Address.GetAddressBytes();
                payload.WriteByte(endPoint.AddressFamily == AddressFamily.InterNetwork ? IPv4Network : IPv6Network);
                WriteCompactSize(payload, (ushort)address.Length);
                payload.Write(address);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(field, (ulong)services);
                payload.Write(field);
                payload.Write(endPoint.Address.MapToIPv6().GetAddressBytes());
            }

            BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)endPoint.Port);
            payload.Write(field[..sizeof(ushort)]);
        }

        return payload.ToArray();
    }

    private static void WriteCompactSize(MemoryStream payload, ushort value)
    {
        if (value >= 0xfd)
        {
            payload.WriteByte(0xfd);
            payload.WriteByte((byte)value);
            payload.WriteByte((byte)(value >> 8));
        }
        else
        {
            payload.WriteByte((byte)value);
        }
    }
}
