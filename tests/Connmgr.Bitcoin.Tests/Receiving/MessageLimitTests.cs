namespace Connmgr.Bitcoin.Tests;

public sealed class MessageLimitTests
{
    [Theory]
    [InlineData("inv", 50_000, 36, 0, ProtocolViolation.TooManyEntries)]
    [InlineData("getdata", 50_000, 36, 0, ProtocolViolation.TooManyEntries)]
    [InlineData("headers", 2000, 81, 0, ProtocolViolation.TooManyEntries)]
    [InlineData("getheaders", 101, 32, 4, ProtocolViolation.LocatorTooLong)]
    [InlineData("getblocks", 101, 32, 4, ProtocolViolation.LocatorTooLong)]
    [InlineData("addr", 1000, 30, 0, ProtocolViolation.TooManyAddresses)]
    [InlineData("filterload", 36_000, 1, 0, ProtocolViolation.TooManyEntries)]
    [InlineData("filteradd", 520, 1, 0, ProtocolViolation.TooManyEntries)]
    public void Accepts_NumberOfEntries_UpToTheMostOfBitcoinCore(string command, int most, int length, int offset, ProtocolViolation violation)
    {
        var limit = MessageLimits.Get(new(command));
        Assert.True(Accepts(most));
        Assert.InRange(Payload(most).Length, 1, limit.Length);
        Assert.Equal(violation, Assert.Throws<BitcoinProtocolException>(() => Accepts(most + 1)).Violation);

        byte[] Payload(int entries) => [.. new byte[offset], .. Count(entries), .. new byte[(entries * length) + (offset > 0 ? 32 : 0)]];

        static byte[] Count(int entries) => entries < 0xfd ? [(byte)entries] : [0xfd, (byte)entries, (byte)(entries >> 8)];

        bool Accepts(int entries)
        {
            var payload = Payload(entries);
            return limit.Accepts(GetHeader(command, payload.Length), payload.AsSpan(0, Math.Min(payload.Length, limit.Length)));
        }
    }

    [Fact]
    public void Accepts_AddrV2OfWhichAllIsKept_IsLeftToWhoeverReadsIt()
    {
        var limit = MessageLimits.Get(MessageCommand.AddrV2);
        byte[] payload = [0xfd, 0xff, 0xff, .. new byte[600_000]];
        Assert.True(limit.Accepts(GetHeader("addrv2", 500_000), payload.AsSpan(0, 500_000)));
        var tooLong = Assert.Throws<BitcoinProtocolException>(() => limit.Accepts(GetHeader("addrv2", payload.Length), payload.AsSpan(0, limit.Length)));
        Assert.Equal(ProtocolViolation.TooManyAddresses, tooLong.Violation);
    }

    [Fact]
    public void Of_HeadersOfAnotherChain_KeepsAllOfThem()
    {
        var limit = MessageLimits.Get(new("headers"));
        byte[] payload = [0xfd, 0xd0, 0x07, .. new byte[2000 * 1500]]; // Headers of Zcash, for one.

        Assert.InRange(payload.Length, 1, limit.Length);
        Assert.True(limit.Accepts(GetHeader("headers", payload.Length), payload));
    }

    /// <summary>Checks that the message is ignored: Bitcoin Core fails to read it, but of headers it checks the number first.</summary>
    [Theory]
    [InlineData("inv", false)]
    [InlineData("getdata", false)]
    [InlineData("headers", true)]
    public void Accepts_ClaimsMoreThanItHolds_IsIgnoredUnlessTheNumberIsReadFirst(string command, bool violates)
    {
        byte[] payload = [0xfe, 0x00, 0x00, 0x00, 0x02, 1, 2, 3]; // Bitcoin Core's MAX_SIZE.
        var limit = MessageLimits.Get(new(command));
        if (violates)
            Assert.Throws<BitcoinProtocolException>(() => limit.Accepts(GetHeader(command, payload.Length), payload));
        else
            Assert.False(limit.Accepts(GetHeader(command, payload.Length), payload));
    }

    /// <summary>
    /// Checks that the message is ignored: Bitcoin Core reads no count in a longer form than necessary, and none above MAX_SIZE.
    /// </summary>
    [Theory]
    [InlineData("inv", "feffff0000")]
    [InlineData("headers", "feffff0000")]
    [InlineData("headers", "ffffffffff00000000")]
    [InlineData("headers", "fe01000002")]
    [InlineData("headers", "ffffffffffffffffff")]
    [InlineData("getheaders", "00000000fed0070000")]
    [InlineData("filteradd", "feffff0000")]
    public void Accepts_TooManyEntriesByACountThatCannotBeRead_IsIgnored(string command, string start)
    {
        byte[] payload = [.. Convert.FromHexString(start), .. new byte[3_000_000]];
        var limit = MessageLimits.Get(new(command));
        Assert.False(limit.Accepts(GetHeader(command, payload.Length), payload.AsSpan(0, Math.Min(payload.Length, limit.Length))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("fd")]
    [InlineData("fd00")]
    [InlineData("fe000001")]
    [InlineData("ff00000000000001")]
    public void Accepts_CountCutShort_IsLeftToWhoeverReadsIt(string payload) =>
        Assert.True(MessageLimits.Get(new("inv")).Accepts(GetHeader("inv", payload.Length / 2), Convert.FromHexString(payload)));

    [Fact]
    public void Get_AnyOtherCommand_IsLimitedByTheChainAlone()
    {
        foreach (var command in new[] { "block", "tx", "cmpctblock", "blocktxn", "cfilter", "unheard-of" })
            Assert.Equal(int.MaxValue, MessageLimits.Get(new(command)).Length);
    }

    private static FrameHeader GetHeader(string command, int length) =>
        new() { Magic = FrameHeader.GetMagic(Frames.Chain), Command = new(command), PayloadLength = length, Checksum = 0 };
}
