using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Connmgr;

/// <summary>Writes requests of the NAT Port Mapping Protocol (RFC 6886), and reads the replies. Pure.</summary>
internal static class NatPmpCodec
{
    private const byte Version = 0;
    private const byte ReplyBit = 0x80;
    private const byte GetAddress = 0;
    private const byte MapTcp = 2;
    private const int ErrorLength = 8;
    private const int AddressReplyLength = 12;
    private const int MapReplyLength = 16;

    /// <summary>Writes a request for the gateway's external address.</summary>
    public static byte[] WriteGetAddress() => [Version, GetAddress];

    /// <summary>Writes a request to map a TCP port, to renew that, or to remove it by a lifetime and an external port of 0.</summary>
    /// <param name="port">The port of this machine.</param>
    /// <param name="suggested">The external port to ask for.</param>
    /// <param name="lifetime">The seconds to ask for.</param>
    public static byte[] WriteMap(ushort port, ushort suggested, uint lifetime)
    {
        var request = new byte[12];
        request[1] = MapTcp;
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), port);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), suggested);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(8), lifetime);
        return request;
    }

    /// <summary>Reads the reply to a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="data">The datagram.</param>
    /// <param name="reply">The reply.</param>
    /// <returns>False if the datagram is not a valid reply to this request.</returns>
    public static bool TryRead(ReadOnlySpan<byte> request, ReadOnlySpan<byte> data, [NotNullWhen(true)] out NatPmpReply? reply)
    {
        reply = null;
        if (data.Length < ErrorLength || data[0] != Version || data[1] != (request[1] | ReplyBit))
            return false;
        var result = (NatPmpResult)BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        var epoch = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (result != NatPmpResult.Success)
        {
            reply = new(result, epoch, Address: null, ExternalPort: 0, Lifetime: 0);
            return true;
        }

        if (request[1] == GetAddress)
        {
            if (data.Length < AddressReplyLength)
                return false;
            reply = new(result, epoch, new IPAddress(data.Slice(8, 4)), ExternalPort: 0, Lifetime: 0);
            return true;
        }

        if (data.Length < MapReplyLength || !data.Slice(8, 2).SequenceEqual(request.Slice(4, 2)))
            return false;
        reply = new(result, epoch, Address: null, BinaryPrimitives.ReadUInt16BigEndian(data[10..]), BinaryPrimitives.ReadUInt32BigEndian(data[12..]));
        return true;
    }
}

/// <summary>A reply of a gateway by NAT-PMP. Immutable.</summary>
/// <param name="Result">The result.</param>
/// <param name="Epoch">The seconds since the gateway lost its mappings.</param>
/// <param name="Address">The external address; null unless it was asked for.</param>
/// <param name="ExternalPort">The external port; 0 unless a mapping was asked for.</param>
/// <param name="Lifetime">The seconds for which the mapping lasts.</param>
internal sealed record NatPmpReply(NatPmpResult Result, uint Epoch, IPAddress? Address, ushort ExternalPort, uint Lifetime);

/// <summary>The result codes of NAT-PMP (RFC 6886, 3.5).</summary>
internal enum NatPmpResult : ushort
{
    Success,
    UnsupportedVersion,
    NotAuthorized,
    NetworkFailure,
    OutOfResources,
    UnsupportedOperation,
}
