using System.Net;

namespace Connmgr.Bitcoin.Tests;

public sealed class VersionMessageTests
{
    private static readonly VersionMessage Full = Frames.PeerVersion with
    {
        Receiver = new(NodeServices.Witness, IPAddress.Parse("203.0.113.7"), 8333),
        Sender = new(NodeServices.Network, IPAddress.Parse("2001:db8::1"), 18444),
        Relay = false,
    };

    [Fact]
    public void Decode_OfEncoded_GivesTheSame() => Assert.Equal(Full, VersionMessage.Decode(Full.Encode()));

    /// <summary>
    /// Decodes as Bitcoin Core does: the message may end before the sender's address, the user agent, the height and relay, and nowhere else.
    /// </summary>
    [Fact]
    public void Decode_CutAtEachByte_TakesTheOptionalTailOnly()
    {
        var payload = Full.Encode();
        var agent = 80 + 1 + Full.UserAgent.Length;
        int[] allowed = [46, 80, agent, agent + 4, agent + 5];
        Assert.Equal(agent + 5, payload.Length);
        for (var length = 0; length <= payload.Length; length++)
        {
            var end = Record.Exception(() => VersionMessage.Decode(payload.AsSpan(0, length)));
            if (allowed.Contains(length))
                Assert.Null(end);
            else
                Assert.Equal(ProtocolViolation.BadVersionMessage, Assert.IsType<BitcoinProtocolException>(end).Violation);
        }
    }

    [Fact]
    public void Decode_ShortestForm_LeavesTheRestUnsaid()
    {
        var version = VersionMessage.Decode(Full.Encode().AsSpan(0, 46));
        Assert.Equal(Full with { Sender = VersionAddress.None, Nonce = 0, UserAgent = "", StartHeight = -1, Relay = true }, version);
    }

    [Fact]
    public void Decode_BytesAfterTheLastField_AreIgnored() => Assert.Equal(Full, VersionMessage.Decode([.. Full.Encode(), 1, 2, 3]));

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Decode_UserAgent_IsLimited(int length, bool allowed)
    {
        byte[] head = [.. Full.Encode().AsSpan(0, 80), 0xfd, (byte)length, (byte)(length >> 8)];
        byte[] payload = [.. head, .. Enumerable.Repeat((byte)'a', length)];
        if (allowed)
            Assert.Equal(length, VersionMessage.Decode(payload).UserAgent.Length);
        else
            Assert.Equal(ProtocolViolation.UserAgentTooLong, GetViolation(payload));
    }

    [Theory]
    [InlineData(0xfd, 5, 0)]
    [InlineData(0xfe, 5, 0, 0, 0)]
    [InlineData(0xff, 5, 0, 0, 0, 0, 0, 0, 0)]
    public void Decode_LengthInALongerFormThanNeeded_IsBad(params int[] length)
    {
        byte[] payload = [.. Full.Encode().AsSpan(0, 80), .. length.Select(b => (byte)b), .. "agent"u8];
        Assert.Equal(ProtocolViolation.BadVersionMessage, GetViolation(payload));
    }

    [Fact]
    public void Decode_UserAgentOfOddBytes_IsMadePrintable()
    {
        byte[] payload = [.. Full.Encode().AsSpan(0, 80), 6, .. "a\x1b\n\0"u8, 0x80, 0xff];
        Assert.Equal("a?????", VersionMessage.Decode(payload).UserAgent);
    }

    [Theory]
    [InlineData("/caf\u00e9/")]
    [InlineData("a\nb")]
    public void Encode_UserAgentNotPrintable_Throws(string agent) =>
        Assert.Throws<InvalidOperationException>(() => (Full with { UserAgent = agent }).Encode());

    private static ProtocolViolation GetViolation(byte[] payload) =>
        Assert.Throws<BitcoinProtocolException>(() => VersionMessage.Decode(payload)).Violation;
}
