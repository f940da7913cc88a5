using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Writes requests of the Port Control Protocol, version 2 (RFC 6887), and reads the replies. Pure.</summary>
internal static class PcpCodec
{
    /// <summary>The length of a nonce.</summary>
    public const int NonceLength = 12;

    /// <summary>The greatest length of a message (RFC 6887, 7).</summary>
    public const int MaxLength = 1100;

    private const byte Version = 2;
    private const byte NatPmpVersion = 0;
    private const byte ReplyBit = 0x80;
    private const byte Announce = 0;
    private const byte Map = 1;
    private const byte Tcp = 6;
    private const int HeaderLength = 24;
    private const int MapLength = 36;
    private const int AddressLength = 16;
    private const int UnsupportedVersion = 1;
    private const int NatPmpReplyLength = 8;

    /// <summary>Writes a request to map a TCP port, to renew that, or to remove it by a lifetime of 0.</summary>
    /// <param name="local">The address of this machine, from which the request is sent, with the port to map.</param>
    /// <param name="nonce">The nonce of the mapping. Only requests with the same one can change it.</param>
    /// <param name="suggested">The external address to ask for; the unspecified one and port 0 for any.</param>
    /// <param name="lifetime">The seconds to ask for.</param>
    public static byte[] WriteMap(IPEndPoint local, ReadOnlySpan<byte> nonce, IPEndPoint suggested, uint lifetime)
    {
        var request = new byte[HeaderLength + MapLength];
        WriteHeader(request, Map, local.Address, lifetime);
        var body = request.AsSpan(HeaderLength);
        nonce[..NonceLength].CopyTo(body);
        body[NonceLength] = Tcp;
        BinaryPrimitives.WriteUInt16BigEndian(body[16..], (ushort)local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body[18..], (ushort)suggested.Port);
        WriteAddress(suggested.Address, body[20..]);
        return request;
    }

    /// <summary>Writes a request that changes nothing; the reply has the gateway's epoch.</summary>
    /// <param name="local">The address of this machine, from which the request is sent.</param>
    public static byte[] WriteAnnounce(IPAddress local)
    {
        var request = new byte[HeaderLength];
        WriteHeader(request, Announce, local, lifetime: 0);
        return request;
    }

    /// <summary>Reads the reply to a request that <see cref="WriteMap"/> or <see cref="WriteAnnounce"/> wrote.</summary>
    /// <param name="request">The request.</param>
    /// <param name="data">The datagram.</param>
    /// <param name="reply">The reply.</param>
    /// <returns>False if the datagram is not a valid reply to this request.</returns>
    public static bool TryRead(ReadOnlySpan<byte> request, ReadOnlySpan<byte> data, [NotNullWhen(true)] out PcpReply? reply)
    {
        reply = null;

        // A gateway that speaks NAT-PMP only (RFC 6886, 3.5), and one of another version of PCP, say so in the format of their version.
        if (data is [NatPmpVersion, >= ReplyBit, 0, UnsupportedVersion, ..] && data.Length >= NatPmpReplyLength)
        {
            reply = new(PcpResult.UnsupportedVersion, Lifetime: 0, Epoch: 0, External: null);
            return true;
        }

        if (data.Length is < HeaderLength or > MaxLength || data.Length % 4 != 0 || data[1] != (request[1] | ReplyBit))
            return false;
        var result = (PcpResult)data[3];
        if (data[0] != Version)
        {
            if (result != PcpResult.UnsupportedVersion)
                return false;
            reply = new(result, Lifetime: 0, Epoch: 0, External: null);
            return true;
        }

        var lifetime = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        var epoch = BinaryPrimitives.ReadUInt32BigEndian(data[8..]);
        if (request[1] == Announce)
        {
            reply = new(result, lifetime, epoch, External: null);
            return true;
        }

        // Nonce, protocol and internal port say to which mapping a reply belongs.
        if (data.Length < HeaderLength + MapLength || !data.Slice(HeaderLength, 13).SequenceEqual(request.Slice(HeaderLength, 13))
            || !data.Slice(HeaderLength + 16, 2).SequenceEqual(request.Slice(HeaderLength + 16, 2)))
        {
            return false;
        }

        var body = data[HeaderLength..];
        var address = new IPAddress(body.Slice(20, AddressLength));
        var external = new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, BinaryPrimitives.ReadUInt16BigEndian(body[18..]));
        reply = new(result, lifetime, epoch, external);
        return true;
    }

    private static void WriteHeader(Span<byte> request, byte operation, IPAddress local, uint lifetime)
    {
        request[0] = Version;
        request[1] = operation;
        BinaryPrimitives.WriteUInt32BigEndian(request[4..], lifetime);
        WriteAddress(local, request[8..]);
    }

    private static void WriteAddress(IPAddress address, Span<byte> target)
    {
        var mapped = address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address;
        if (!mapped.TryWriteBytes(target, out _))
            throw new ArgumentException("The address does not fit.", nameof(address));
    }
}

/// <summary>A reply of a gateway by PCP. Immutable.</summary>
/// <param name="Result">The result.</param>
/// <param name="Lifetime">The seconds for which the mapping, or the error, lasts.</param>
/// <param name="Epoch">The seconds since the gateway lost its mappings.</param>
/// <param name="External">The external address; null in a reply that is not about a mapping.</param>
internal sealed record PcpReply(PcpResult Result, uint Lifetime, uint Epoch, IPEndPoint? External);

/// <summary>The result codes of PCP (RFC 6887, 7.4).</summary>
internal enum PcpResult : byte
{
    Success,
    UnsupportedVersion,
    NotAuthorized,
    MalformedRequest,
    UnsupportedOperation,
    UnsupportedOption,
    MalformedOption,
    NetworkFailure,
    NoResources,
    UnsupportedProtocol,
    UserExceededQuota,
    CannotProvideExternal,
    AddressMismatch,
    ExcessiveRemotePeers,
}
