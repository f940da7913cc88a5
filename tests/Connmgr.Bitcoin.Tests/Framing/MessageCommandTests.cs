using System.Text;

namespace Connmgr.Bitcoin.Tests;

public sealed class MessageCommandTests
{
    [Theory]
    [InlineData("v")]
    [InlineData("version")]
    [InlineData("twelve chars")]
    [InlineData("~!@ #")]
    public void TryRead_OfWhatWasWritten_GivesTheSame(string name)
    {
        var command = new MessageCommand(name);
        var bytes = new byte[MessageCommand.Size];
        command.Write(bytes);

        Assert.Equal(name.PadRight(12, '\0'), Encoding.ASCII.GetString(bytes));
        Assert.True(MessageCommand.TryRead(bytes, out var read));
        Assert.True(read == command);
        Assert.Equal(command.GetHashCode(), read.GetHashCode());
        Assert.Equal(name, read.ToString());
    }

    [Theory]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("ping\0x\0\0\0\0\0\0")]
    [InlineData("ping\0\0\0\0\0\0\0x")]
    [InlineData("pi\ng\0\0\0\0\0\0\0\0")]
    [InlineData("\x7fing\0\0\0\0\0\0\0\0")]
    [InlineData("\xfeing\0\0\0\0\0\0\0\0")]
    public void TryRead_NotPrintableOrNotPadded_IsFalse(string bytes) =>
        Assert.False(MessageCommand.TryRead(Encoding.Latin1.GetBytes(bytes), out _));

    [Theory]
    [InlineData("")]
    [InlineData("thirteen char")]
    [InlineData("pi\0ng")]
    [InlineData("ping\0")]
    [InlineData("pïng")]
    [InlineData("ňping")]
    public void Constructor_BadName_Throws(string name) => Assert.Throws<ArgumentException>(() => new MessageCommand(name));

    [Fact]
    public void Equals_OfDifferentLastByte_IsFalse() =>
        Assert.True(new MessageCommand("aaaaaaaaaaaa") != new MessageCommand("aaaaaaaaaaab"));

    [Fact]
    public void Comparing_Allocates_Nothing()
    {
        var bytes = Frames.Of("sendaddrv2");
        var equal = false;
        var allocated = Allocations.Least(
            () => equal = MessageCommand.TryRead(bytes.AsSpan(4), out var command) && command == MessageCommand.SendAddrV2);
        Assert.Equal(0, allocated);
        Assert.True(equal);
    }
}
