using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network.Groups;

public sealed class ServiceWordsTests
{
    [Fact]
    public void Format_AnyServices_IsReadAsTheSame()
    {
        var (none, words, bits) = (0, 0, 0);
        Gen.OneOf(Gen.Const(0UL), Gen.ULong, Gen.UInt[0, 0xFFF].Select(static few => (ulong)few)).Sample(
            number =>
            {
                var text = ServiceWords.Format((NodeServices)number);
                Assert.True(ServiceWords.TryParse(text.ToUpperInvariant(), out var services, out var error), error);
                Assert.Equal((NodeServices)number, services);
                none += text is "none" ? 1 : 0;
                words += text.Contains("witness", StringComparison.Ordinal) ? 1 : 0;
                bits += text.Contains("0x", StringComparison.Ordinal) ? 1 : 0;
            },
            iter: 1_000,
            threads: 1);
        Assert.True(none > 0 && words > 0 && bits > 0, $"{none} {words} {bits}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("9")]
    [InlineData("network+")]
    [InlineData("network, witness")]
    [InlineData("none+network")]
    public void TryParse_AnotherText_IsNoServices_AndSaysWhatToWrite(string text)
    {
        Assert.False(ServiceWords.TryParse(text, out var services, out var error));
        Assert.Equal(NodeServices.None, services);
        Assert.EndsWith("is no service: use network, bloom, witness, filters, limited, v2 or bits such as 0x40, with + between them", error, StringComparison.Ordinal);
    }
}
