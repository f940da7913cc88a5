namespace Connmgr.Bitcoin.Tests;

public sealed class ShortIdsTests
{
    [Theory]
    [InlineData("addr", 1)]
    [InlineData("block", 2)]
    [InlineData("inv", 14)]
    [InlineData("ping", 18)]
    [InlineData("addrv2", 28)]
    [InlineData("feature", 37)] // BIP434.
    [InlineData("version", 0)]
    [InlineData("verack", 0)]
    public void Write_ACommand_TakesItsId_OrTwelveBytes(string command, byte id)
    {
        var contents = new byte[ShortIds.LongestPrefix];
        var length = ShortIds.Write(new(command), contents);
        Assert.Equal(ShortIds.GetPrefixLength(new(command)), length);
        Assert.Equal(id, contents[0]);
        Assert.Equal(id == 0 ? ShortIds.LongestPrefix : 1, length);
        Assert.Equal(command, ShortIds.Read(contents, out var prefix).ToString());
        Assert.Equal(length, prefix);
    }

    [Fact]
    public void Read_EveryFirstByte_IsACommandOfBip324AndBip434_OrNone()
    {
        var known = Enumerable.Range(0, 256).Where(id => !ShortIds.Read([(byte)id, 0], out _).IsEmpty).ToArray();
        Assert.Equal([.. Enumerable.Range(1, 28), 37], known);
        Assert.Equal(29, known.Select(id => ShortIds.Read([(byte)id], out _).ToString()).Distinct(StringComparer.Ordinal).Count());
    }
}
