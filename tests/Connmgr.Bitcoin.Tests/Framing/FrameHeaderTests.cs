using System.Buffers.Binary;

namespace Connmgr.Bitcoin.Tests;

public sealed class FrameHeaderTests
{
    private static readonly uint Magic = FrameHeader.GetMagic(Frames.Chain);

    [Fact]
    public void Write_Verack_GivesTheWellKnownBytes()
    {
        var bytes = new byte[FrameHeader.Size];
        FrameHeader.Create(FrameHeader.GetMagic(ChainParameters.Mainnet), MessageCommand.Verack, []).Write(bytes);
        Assert.Equal("f9beb4d976657261636b000000000000000000005df6e0e2", Convert.ToHexStringLower(bytes));
    }

    [Theory]
    [InlineData(0, 0x01, ProtocolViolation.WrongMagic)]
    [InlineData(3, 0x80, ProtocolViolation.WrongMagic)]
    [InlineData(4, 0x80, ProtocolViolation.BadCommand)]
    [InlineData(15, 0x41, ProtocolViolation.BadCommand)]
    [InlineData(19, 0x80, ProtocolViolation.MessageTooLarge)]
    public void Read_ChangedByte_IsTheViolation(int offset, byte change, ProtocolViolation expected)
    {
        var bytes = Frames.Of("ping");
        bytes[offset] ^= change;
        Assert.Equal(expected, Assert.Throws<BitcoinProtocolException>(() => FrameHeader.Read(bytes, Magic)).Violation);
    }

    [Theory]
    [InlineData(4_000_000u, true)]
    [InlineData(4_000_001u, false)]
    [InlineData(uint.MaxValue, false)]
    public void Read_Length_IsLimited(uint length, bool allowed)
    {
        var bytes = Frames.Of("block");
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), length);
        if (allowed)
            Assert.Equal((int)length, FrameHeader.Read(bytes, Magic).PayloadLength);
        else
            Assert.Throws<BitcoinProtocolException>(() => FrameHeader.Read(bytes, Magic));
    }

    [Fact]
    public void Read_WrongMagic_ShowsBothInWireOrder()
    {
        var bytes = Frames.Of("ping");
        var e = Assert.Throws<BitcoinProtocolException>(() => FrameHeader.Read(bytes, FrameHeader.GetMagic(ChainParameters.Mainnet)));
        Assert.Contains("fabfb5da", e.Message, StringComparison.Ordinal);
        Assert.Contains("f9beb4d9", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_TooLongOrEmptyCommand_Throws()
    {
        Assert.Throws<ArgumentException>(() => FrameHeader.Create(Magic, MessageCommand.Ping, new byte[FrameHeader.MaxPayloadLength + 1]));
        Assert.Throws<ArgumentException>(() => FrameHeader.Create(Magic, default, []));
    }
}
