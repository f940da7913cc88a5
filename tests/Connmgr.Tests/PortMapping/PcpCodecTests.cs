using System.Net;
using CsCheck;

namespace Connmgr.Tests.PortMapping;

/// <summary>The messages of PCP. Those in hexadecimal were exchanged with miniupnpd 2.3.1.</summary>
public sealed class PcpCodecTests
{
    private const string MapRequest =
        "0201000000001c2000000000000000000000ffffc0a84d020102030405060708090a0b0c06000000208d208d00000000000000000000ffff00000000";

    private const string MapRequest6 =
        "0201000000001c202a0104f80001000000000000000000020102030405060708090a0b0c06000000208d208d00000000000000000000000000000000";

    private static readonly byte[] Nonce = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private static readonly Gen<IPAddress> Addresses = Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(static bytes => new IPAddress(bytes))
        .Where(static address => !address.IsIPv4MappedToIPv6);

    [Theory]
    [InlineData(MapRequest, "192.168.77.2:8333", "0.0.0.0:8333", 7200)]
    [InlineData(MapRequest6, "[2a01:4f8:1::2]:8333", "[::]:8333", 7200)]
    [InlineData("020100000000000000000000000000000000ffffc0a84d020102030405060708090a0b0c06000000208d208d00000000000000000000ffff00000000", "192.168.77.2:8333", "0.0.0.0:8333", 0)]
    public void WriteMap_AsTheGatewayTookIt(string expected, string local, string suggested, uint lifetime) =>
        Assert.Equal(expected, Convert.ToHexStringLower(PcpCodec.WriteMap(IPEndPoint.Parse(local), Nonce, IPEndPoint.Parse(suggested), lifetime)));

    [Theory]
    [InlineData("020000000000000000000000000000000000ffffc0a84d02", "192.168.77.2")]
    [InlineData("02000000000000002a0104f8000100000000000000000002", "2a01:4f8:1::2")]
    public void WriteAnnounce_AsTheGatewayTookIt(string expected, string local) =>
        Assert.Equal(expected, Convert.ToHexStringLower(PcpCodec.WriteAnnounce(IPAddress.Parse(local))));

    [Theory]
    [InlineData(MapRequest, "0281000000001c20000000010000000000000000000000000102030405060708090a0b0c06000000208d208d00000000000000000000ffff18000001", PcpResult.Success, 7200, 1, "24.0.0.1:8333")]
    [InlineData(MapRequest6, "0281000000001c20000000020000000000000000000000000102030405060708090a0b0c06000000208d208d2a0104f8000100000000000000000002", PcpResult.Success, 7200, 2, "[2a01:4f8:1::2]:8333")]
    [InlineData(MapRequest, "0281000c00000000000000010000000000000000000000000102030405060708090a0b0c06000000208d208f00000000000000000000ffff00000000", PcpResult.AddressMismatch, 0, 1, "0.0.0.0:8335")]
    [InlineData(MapRequest, "0281000200000000000000010000000000000000000000000102030405060708090a0b0c06000000208d208d00000000000000000000ffff18000001", PcpResult.NotAuthorized, 0, 1, "24.0.0.1:8333")]
    [InlineData("020000000000000000000000000000000000ffffc0a84d02", "028000000000000000000001000000000000000000000000", PcpResult.Success, 0, 1, null)]
    [InlineData("023700000000000000000000000000000000ffffc0a84d02", "02b700040000000000000001000000000000000000000000", PcpResult.UnsupportedOperation, 0, 1, null)]
    public void TryRead_RepliesOfARealGateway(string request, string data, object result, uint lifetime, uint epoch, string? external)
    {
        if (request[3] is '7')
        {
            request = "020000000000000000000000000000000000ffffc0a84d02";
            data = "0280" + data[4..]; // The reply to an unknown operation has the form of one to an announcement.
        }

        Assert.True(PcpCodec.TryRead(Convert.FromHexString(request), Convert.FromHexString(data), out var reply));

        Assert.Equal(new PcpReply((PcpResult)result, lifetime, epoch, external is null ? null : IPEndPoint.Parse(external)), reply);
    }

    /// <summary>A gateway of PCP version 1, and two that speak NAT-PMP only.</summary>
    [Theory]
    [InlineData("0181000100000000000000010000000000000000000000000102030405060708090a0b0c06000000208d208d00000000000000000000ffff00000000")]
    [InlineData("0081000100000005")]
    [InlineData("008000010000000518000001")]
    public void TryRead_AnotherVersion_IsUnsupported(string data)
    {
        Assert.True(PcpCodec.TryRead(Convert.FromHexString(MapRequest), Convert.FromHexString(data), out var reply));

        Assert.Equal(PcpResult.UnsupportedVersion, reply.Result);
    }

    /// <summary>The gateway's own reply, with one thing that does not belong to the request.</summary>
    [Fact]
    public void TryRead_ReplyToAnotherRequest_IsNone()
    {
        var reply = Convert.FromHexString("0281000000001c20000000010000000000000000000000000102030405060708090a0b0c06000000208d208d00000000000000000000ffff18000001");
        foreach (var i in (int[])[0, 1, .. Enumerable.Range(24, 13), 40, 41])
        {
            var other = reply.ToArray();
            other[i] ^= 0x40;
            Assert.False(PcpCodec.TryRead(Convert.FromHexString(MapRequest), other, out _), $"byte {i}");
        }

        for (var length = 0; length < reply.Length; length++)
            Assert.False(PcpCodec.TryRead(Convert.FromHexString(MapRequest), reply.AsSpan(0, length), out _), $"{length} bytes");
        Assert.True(PcpCodec.TryRead(Convert.FromHexString(MapRequest), (byte[])[.. reply, .. new byte[PcpCodec.MaxLength - reply.Length]], out _)); // Options.
        Assert.False(PcpCodec.TryRead(Convert.FromHexString(MapRequest), (byte[])[.. reply, .. new byte[PcpCodec.MaxLength + 4 - reply.Length]], out _));
    }

    [Fact]
    public void TryRead_OfWhatAGatewayWouldWrite_GivesItBack() => Gen.Select(Addresses, Gen.UShort, Addresses, Gen.UShort, Gen.UInt, Gen.Select(Gen.UInt, Gen.Byte[0, 13])).Sample(
        (local, port, external, externalPort, lifetime, head) =>
        {
            var request = PcpCodec.WriteMap(new IPEndPoint(local, port), Nonce, new IPEndPoint(external, externalPort), lifetime);
            var data = request.ToArray(); // A reply has the form of the request, but for the header.
            data[1] |= 0x80;
            data[3] = head.Item2;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(8), head.Item1);

            Assert.True(PcpCodec.TryRead(request, data, out var reply));

            Assert.Equal(new PcpReply((PcpResult)head.Item2, lifetime, head.Item1, new IPEndPoint(external, externalPort)), reply);
        });

    [Fact]
    public void TryRead_AnyBytes_NeverThrows() => Gen.Select(Gen.Byte.Array[0, 80], Gen.Bool).Sample((noise, isMap) =>
    {
        var request = isMap ? Convert.FromHexString(MapRequest) : PcpCodec.WriteAnnounce(IPAddress.Loopback);
        if (noise.Length > 1)
            (noise[0], noise[1]) = ((byte)(noise[0] % 3), (byte)(0x80 | request[1]));
        PcpCodec.TryRead(request, noise, out _);
    });
}
