using CsCheck;

namespace Connmgr.Tool.Tests;

public class BanLineTests
{
    private const long Day = 86_400;

    private static readonly string[] Words = ["setban", "add", "192.0.2.7", "true", "bantime=", "subnet=1", "\"", "-1"];

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7/32", Day)]
    [InlineData("192.0.2.0/255.255.255.0", "192.0.2.0/24", Day)]
    [InlineData("2001:db8::/32", "2001:db8::/32", Day)]
    [InlineData("AS64496", "AS64496", Day)]
    [InlineData("setban 192.0.2.7 add", "192.0.2.7/32", Day)]
    [InlineData("bitcoin-cli setban 192.0.2.0/24 add 31536000", "192.0.2.0/24", 31_536_000)]
    [InlineData("bitcoin-cli -testnet -datadir=/x setban \"192.0.2.0/24\" \"add\" 60 false", "192.0.2.0/24", 60)]
    [InlineData("$CLI setban '2001:db8::1' 'add' 1800000005 true", "2001:db8::1/128", 5)]
    [InlineData("setban 192.0.2.7 add 0", "192.0.2.7/32", Day)]
    [InlineData("setban 192.0.2.7 add 0 true", "192.0.2.7/32", Day)]
    [InlineData("setban 192.0.2.7 add -1", "192.0.2.7/32", Day)]
    [InlineData("bitcoin-cli -named setban command=add subnet=\"192.0.2.7\" absolute=1 bantime=1800000005", "192.0.2.7/32", 5)]
    public void TryParse_Bans_AreTaken(string text, string target, long seconds)
    {
        Assert.True(BanLine.TryParse(text, Now, TimeSpan.FromDays(1), out var ban, out var fault), fault);
        Assert.Equal(new Ban(BanTarget.Parse(target), Now, Now.AddSeconds(seconds), BanCause.Manual).ToString(), ban.ToString());
    }

    [Theory]
    [InlineData("node.example", "'node.example' is not an address")]
    [InlineData("192.0.2.7 192.0.2.8", "is not an address")]
    [InlineData("setban", "only add can be imported")]
    [InlineData("setban 192.0.2.7", "only add can be imported")]
    [InlineData("setban 192.0.2.7 remove", "'remove', but only add")]
    [InlineData("setban x add", "'x' is not an address")]
    [InlineData("setban 192.0.2.7 add x", "the time of setban is 'x '")]
    [InlineData("setban 192.0.2.7 add 1 maybe", "the time of setban is '1 maybe'")]
    [InlineData("setban 192.0.2.7 add 1 true more", "setban takes TARGET add")]
    [InlineData("setban 192.0.2.7 add subnet=192.0.2.8", "setban takes TARGET add")]
    public void TryParse_Others_AreRefusedWithTheReason(string text, string message)
    {
        Assert.False(BanLine.TryParse(text, Now, TimeSpan.FromDays(1), out _, out var fault));
        Assert.Contains(message, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("setban 192.0.2.7 add 9223372036854775807")]
    [InlineData("setban 192.0.2.7 add 9223372036854775807 true")]
    [InlineData("setban 192.0.2.7 add 300000000000")]
    public void TryParse_LongestBans_EndWithTheCalendar(string text)
    {
        Assert.True(BanLine.TryParse(text, Now, TimeSpan.MaxValue, out var ban, out var fault), fault);
        Assert.Equal(9999, ban.Until.Year);
    }

    /// <summary>Expects that any line is accepted, or refused with a reason.</summary>
    [Fact]
    public void TryParse_AnyText_DoesNotThrow() => Check.Sample(
        Gen.OneOf(Gen.Int[0, Words.Length - 1].Select(i => Words[i]), Gen.String).Array[0, 8],
        words => BanLine.TryParse(string.Join(' ', words), Now, TimeSpan.MaxValue, out var ban, out var fault) ? ban is not null : fault is { Length: > 0 });
}
