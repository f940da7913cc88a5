using System.Collections.Immutable;
using CsCheck;

namespace Connmgr.Bitcoin.Tests;

/// <summary>The features of BIP434: their encoding, and those that a handshake learns.</summary>
public class PeerFeatureTests
{
    private static readonly Gen<PeerFeature> GenFeature = Gen.Select(
        Gen.Char[' ', '~'].Array[4, 80], Gen.Byte.Array[0, 512], static (id, data) => new PeerFeature(new string(id), [.. data]));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Checks the encoding against bytes written by hand from the BIP.</summary>
    [Fact]
    public void Encode_IdAndData_FollowsTheBip()
    {
        Assert.Equal(Convert.FromHexString("06424950343334" + "00"), new PeerFeature("BIP434").Encode());
        Assert.Equal(Convert.FromHexString("04" + "61626364" + "0201ff"), new PeerFeature("abcd", [1, 0xff]).Encode());
        var longest = new PeerFeature(new string('x', 80), [.. new byte[512]]).Encode();
        Assert.Equal((byte[])[80, .. Enumerable.Repeat((byte)'x', 80), 0xfd, 0x00, 0x02, .. new byte[512]], longest);
    }

    [Fact]
    public void Decode_WhatEncodeWrote_IsTheSame() => GenFeature.Sample(static feature =>
    {
        var read = PeerFeature.Decode(feature.Encode());
        Assert.Equal(feature, read);
        Assert.Equal(feature.GetHashCode(), read.GetHashCode());
    });

    /// <summary>Checks that only one form of each feature is read: whatever is read encodes to the same bytes.</summary>
    [Fact]
    public void Decode_AnyBytes_AreRejectedOrEncodeToTheSame()
    {
        var (read, rejected) = (0, 0);
        Gen.Select(GenFeature, Gen.Int[0, 600], Gen.Byte, Gen.Int[0, 3]).Sample(
            (feature, at, value, kind) =>
            {
                var bytes = feature.Encode();
                var changed = kind switch
                {
                    0 => bytes[..Math.Min(at, bytes.Length)],
                    1 => [.. bytes, value],
                    _ => bytes.Select((one, i) => i == at % bytes.Length ? value : one).ToArray(),
                };
                try
                {
                    Assert.Equal(changed, PeerFeature.Decode(changed).Encode());
                    read++;
                }
                catch (BitcoinProtocolException exception)
                {
                    Assert.Equal(ProtocolViolation.BadFeature, exception.Violation);
                    rejected++;
                }
            },
            threads: 1,
            seed: "0N0XIzNsQ0O2",
            iter: 2000);
        Assert.True(read > 100 && rejected > 100);
    }

    [Theory]
    [InlineData("03616263" + "00")] // An id of 3 characters.
    [InlineData("51" + "AA" + "00")] // An id of 81.
    [InlineData("fd0400" + "61626364" + "00")] // A length that is not in its shortest form.
    [InlineData("04" + "6162637f" + "00")] // A character that is not printable.
    [InlineData("04" + "61626364")] // No length of the data.
    [InlineData("04" + "61626364" + "fd0102")] // 513 bytes of data.
    [InlineData("04" + "61626364" + "00" + "00")] // A byte too many.
    [InlineData("")]
    public void Decode_Malformed_IsAViolation(string hex) => Assert.Equal(
        ProtocolViolation.BadFeature, Assert.Throws<BitcoinProtocolException>(() => PeerFeature.Decode(Convert.FromHexString(hex))).Violation);

    [Fact]
    public void New_BadArguments_AreRefused()
    {
        Assert.Contains("4 to 80", Assert.Throws<ArgumentException>(() => new PeerFeature("abc")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PeerFeature(new string('x', 81)));
        Assert.Throws<ArgumentException>(() => new PeerFeature("näive"));
        Assert.Contains("513", Assert.Throws<ArgumentException>(() => new PeerFeature("abcd", [.. new byte[513]])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ConnectionDirection.Inbound)]
    [InlineData(ConnectionDirection.Outbound)]
    public async Task Handshake_PeerWithFeatures_HasThem(ConnectionDirection direction)
    {
        var stream = Peer(70017, Frames.Of("feature", new PeerFeature("BIP434").Encode()), Frames.Of("feature", new PeerFeature("unknown one", [7]).Encode()));
        var peer = await Protocol().HandshakeAsync(stream, direction, null, Ct);
        Assert.Equal((PeerFeature[])[new("BIP434"), new("unknown one", [7])], peer.Features.AsEnumerable());
        Assert.Equal("unknown one 07", peer.Features[1].ToString());
    }

    [Fact]
    public async Task Handshake_MalformedFeature_Ends()
    {
        var exception = await Assert.ThrowsAsync<ConnectFailedException>(() => Protocol().HandshakeAsync(Peer(70017, Frames.Of("feature", 1, 2)), ConnectionDirection.Outbound, null, Ct).AsTask());
        Assert.Equal(ProtocolViolation.BadFeature, Assert.IsType<BitcoinProtocolException>(exception.InnerException).Violation);
    }

    /// <summary>Checks that a feature that is longer than the longest is seen as such, although its rest is not kept.</summary>
    [Fact]
    public async Task Handshake_FeatureWithBytesTooMany_Ends()
    {
        byte[] payload = [.. new PeerFeature(new string('x', 80), [.. new byte[512]]).Encode(), .. new byte[10_000]];
        var exception = await Assert.ThrowsAsync<ConnectFailedException>(() => Protocol().HandshakeAsync(Peer(70017, Frames.Of("feature", payload)), ConnectionDirection.Outbound, null, Ct).AsTask());
        Assert.Equal(ProtocolViolation.BadFeature, Assert.IsType<BitcoinProtocolException>(exception.InnerException).Violation);
    }

    [Fact]
    public async Task Handshake_PeerBelow70017_ItsFeaturesAreIgnored()
    {
        var peer = await Protocol().HandshakeAsync(Peer(70016, Frames.Of("feature", 1, 2)), ConnectionDirection.Outbound, null, Ct);
        Assert.Empty(peer.Features);
    }

    [Fact]
    public async Task Handshake_ManyFeatures_KeepsTheFirst32()
    {
        var peer = await Protocol().HandshakeAsync(
            Peer(70017, [.. Enumerable.Range(0, 60).Select(static i => Frames.Of("feature", new PeerFeature($"feature {i}").Encode()))]), ConnectionDirection.Inbound, null, Ct);
        Assert.Equal(Enumerable.Range(0, 32).Select(static i => $"feature {i}"), peer.Features.Select(static feature => feature.Id), StringComparer.Ordinal);
    }

    [Fact]
    public void GetErrors_BadFeatures_AreNamed()
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain, Features = [new("BIP434"), new("BIP434", [1])], FeeFilter = -1, SendCmpct = (CompactBlockMode)9 };
        Assert.Equal(["FeeFilter", "SendCmpct", "Features"], options.GetErrors().Select(static error => error.Split(' ')[0]), StringComparer.Ordinal);
        options.Features = [.. Enumerable.Range(0, 33).Select(static i => new PeerFeature($"feature {i}"))];
        Assert.Contains(options.GetErrors(), static error => error.Contains("at most 32", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2_100_000_000_000_000, true)]
    [InlineData(2_100_000_000_000_001, false)]
    [InlineData(long.MaxValue, false)]
    public void GetErrors_FeeFilter_MustBeAnAmountOfMoney(long rate, bool isValid) =>
        Assert.Equal(isValid, new BitcoinPeerOptions { Chain = Frames.Chain, FeeFilter = rate }.GetErrors().Count == 0);

    private static BitcoinProtocol Protocol() => new(new() { Chain = Frames.Chain });

    private static FakeStream Peer(int version, params ImmutableArray<byte[]> features)
    {
        var stream = new FakeStream().Feed(Frames.Of(Frames.PeerVersion with { ProtocolVersion = version }));
        foreach (var feature in features)
            stream.Feed(feature);
        return stream.Feed(Frames.Of("verack"));
    }
}
