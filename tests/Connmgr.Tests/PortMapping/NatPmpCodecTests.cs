using System.Buffers.Binary;
using System.Net;
using CsCheck;

namespace Connmgr.Tests.PortMapping;

/// <summary>The messages of NAT-PMP. Those in hexadecimal were exchanged with miniupnpd 2.3.1.</summary>
public sealed class NatPmpCodecTests
{
    [Fact]
    public void Write_AsTheGatewayTookIt()
    {
        Assert.Equal("0000", Convert.ToHexStringLower(NatPmpCodec.WriteGetAddress()));
        Assert.Equal("0002000020fc20fc00000e10", Convert.ToHexStringLower(NatPmpCodec.WriteMap(8444, 8444, 3600)));
        Assert.Equal("0002000020fc000000000000", Convert.ToHexStringLower(NatPmpCodec.WriteMap(8444, 0, 0)));
    }

    [Theory]
    [InlineData("0000", "008000000000000218000001", NatPmpResult.Success, 2, "24.0.0.1", 0, 0)]
    [InlineData("0000", "008000030000000300000000", NatPmpResult.NetworkFailure, 3, null, 0, 0)]
    [InlineData("0002000020fc20fc00000e10", "008200000000000120fc20fc00000e10", NatPmpResult.Success, 1, null, 8444, 3600)]
    [InlineData("0002000020fc20fc00000e10", "008200030000000320fc20fc00000e10", NatPmpResult.NetworkFailure, 3, null, 0, 0)]
    [InlineData("0002000020fc000000000000", "008200000000000120fc000000000000", NatPmpResult.Success, 1, null, 0, 0)]
    public void TryRead_RepliesOfARealGateway(string request, string data, object result, uint epoch, string? address, ushort port, uint lifetime)
    {
        Assert.True(NatPmpCodec.TryRead(Convert.FromHexString(request), Convert.FromHexString(data), out var reply));

        Assert.Equal(new NatPmpReply((NatPmpResult)result, epoch, address is null ? null : IPAddress.Parse(address), port, lifetime), reply);
    }

    [Fact]
    public void TryRead_ReplyToAnotherRequest_IsNone()
    {
        var request = NatPmpCodec.WriteMap(8444, 8444, 3600);
        var reply = Convert.FromHexString("008200000000000120fc20fc00000e10");
        foreach (var i in (int[])[0, 1, 8, 9])
        {
            var other = reply.ToArray();
            other[i] ^= 1;
            Assert.False(NatPmpCodec.TryRead(request, other, out _), $"byte {i}");
        }

        for (var length = 0; length < reply.Length; length++)
            Assert.False(NatPmpCodec.TryRead(request, reply.AsSpan(0, length), out _), $"{length} bytes");
        Assert.False(NatPmpCodec.TryRead(NatPmpCodec.WriteGetAddress(), Convert.FromHexString("0080000000000002180000"), out _));
    }

    [Fact]
    public void TryRead_OfWhatAGatewayWouldWrite_GivesItBack() => Gen.Select(Gen.UShort, Gen.UShort, Gen.UInt, Gen.UInt, Gen.UShort[0, 7]).Sample((port, external, lifetime, epoch, result) =>
    {
        var request = NatPmpCodec.WriteMap(port, external, lifetime);
        var data = new byte[16];
        data[1] = 0x82;
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2), result);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), epoch);
        request.AsSpan(4).CopyTo(data.AsSpan(8));

        Assert.True(NatPmpCodec.TryRead(request, data, out var reply));

        Assert.Equal(result == 0 ? new(NatPmpResult.Success, epoch, null, external, lifetime) : new((NatPmpResult)result, epoch, null, 0, 0), reply);
    });

    [Fact]
    public void TryRead_AnyBytes_NeverThrows() => Gen.Select(Gen.Byte.Array[0, 20], Gen.Bool).Sample((noise, isMap) =>
    {
        var request = isMap ? NatPmpCodec.WriteMap(8333, 8333, 60) : NatPmpCodec.WriteGetAddress();
        if (noise.Length > 3)
            (noise[0], noise[1], noise[2], noise[3]) = (0, (byte)(0x80 | request[1]), 0, (byte)(noise[3] % 2));
        NatPmpCodec.TryRead(request, noise, out _);
    });
}
