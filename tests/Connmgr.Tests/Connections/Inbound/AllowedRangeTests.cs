using System.Net;
using CsCheck;

namespace Connmgr.Tests.Connections;

/// <summary>T56: Bitcoin Core's cases of -whitelist, and the reader against any text.</summary>
public class AllowedRangeTests
{
    private const ConnectionPermissions Bare =
        ConnectionPermissions.Relay | ConnectionPermissions.NoBan | ConnectionPermissions.Mempool | ConnectionPermissions.Download;

    [Theory]
    [InlineData("1.2.3.4", Bare)]
    [InlineData("@1.2.3.4", ConnectionPermissions.None)]
    [InlineData("noban@1.2.3.4", ConnectionPermissions.NoBan | ConnectionPermissions.Download)]
    [InlineData("forcerelay@1.2.3.4", ConnectionPermissions.ForceRelay | ConnectionPermissions.Relay)]
    [InlineData("bloom,relay@1.2.3.4", ConnectionPermissions.BloomFilter | ConnectionPermissions.Relay)]
    [InlineData("bloom,forcerelay,noban@1.2.3.4", ConnectionPermissions.BloomFilter | ConnectionPermissions.ForceRelay | ConnectionPermissions.NoBan)]
    [InlineData(",,noban@1.2.3.4", ConnectionPermissions.NoBan)]
    [InlineData("noban,,@1.2.3.4", ConnectionPermissions.NoBan)]
    [InlineData(",,@1.2.3.4", ConnectionPermissions.None)]
    [InlineData("bloom,forcerelay,noban,relay,noban@1.2.3.4", ConnectionPermissions.BloomFilter | ConnectionPermissions.ForceRelay | ConnectionPermissions.NoBan)]
    [InlineData("all@1.2.3.4", ConnectionPermissions.All)]
    [InlineData("in,relay@1.2.3.4", ConnectionPermissions.Relay)]
    public void Parse_OfCoresCases_GivesCoresPermissions(string text, ConnectionPermissions permissions)
    {
        var range = AllowedRange.Parse(text);
        Assert.Equal(permissions, range.Permissions);
        Assert.Equal(IPNetwork.Parse("1.2.3.4/32"), range.Network);
        Assert.True(range.IsInbound);
        Assert.False(range.IsOutbound);
    }

    [Theory]
    [InlineData("out,forcerelay@1.2.3.4", false, true)]
    [InlineData("in,out,bloomfilter@1.2.3.4", true, true)]
    [InlineData("noban@1.2.3.4", true, false)]
    public void Parse_WithDirections_HasThose(string text, bool isInbound, bool isOutbound)
    {
        var range = AllowedRange.Parse(text);
        Assert.Equal((isInbound, isOutbound), (range.IsInbound, range.IsOutbound));
    }

    [Theory]
    [InlineData("1.2.3.77/24", "1.2.3.0/24")]
    [InlineData("1.2.3.255/25", "1.2.3.128/25")]
    [InlineData("255.255.255.255/9", "255.128.0.0/9")]
    [InlineData("1.2.3.77/255.255.0.0", "1.2.0.0/16")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("1.2.3.4/0.0.0.0", "0.0.0.0/0")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4/32")]
    [InlineData("2001:db8:1::5/33", "2001:db8::/33")]
    [InlineData("2001:db8::5", "2001:db8::5/128")]
    public void Parse_OfARange_IgnoresWhatComesAfterThePrefix(string text, string network) =>
        Assert.Equal(IPNetwork.Parse(network), AllowedRange.Parse("noban@" + text).Network);

    [Theory]
    [InlineData("oopsie@1.2.3.4", "'oopsie' is no permission")]
    [InlineData("noban,oopsie@1.2.3.4", "'oopsie' is no permission")]
    [InlineData("in,out@1.2.3.4", "'in,out' names a direction and no permission")]
    [InlineData("out@1.2.3.4", "names a direction and no permission")]
    [InlineData("noban@", "'' is no range")]
    [InlineData("", "'' is no range")]
    [InlineData("noban@1.2.3.4:8333", "'1.2.3.4:8333' is no range")]
    [InlineData("1.2.3.4/33", "is no range")]
    [InlineData("2001:db8::/129", "is no range")]
    [InlineData("1.2.3.4/-1", "is no range")]
    [InlineData("1.2.3.4/255.0.255.0", "is no range")]
    [InlineData("2001:db8::/255.255.0.0", "is no range")]
    [InlineData("noban@example.com", "is no range")]
    [InlineData("noban@pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", "is no range")]
    public void Parse_OfWhatIsNone_SaysWhatIsWrong(string text, string error)
    {
        Assert.Contains(error, Assert.Throws<FormatException>(() => AllowedRange.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(AllowedRange.TryParse(text, out _, out _));
    }

    [Fact]
    public void AllPermissions_AreSeven()
    {
        Assert.Equal("bloomfilter,noban,forcerelay,relay,mempool,download,addr@1.2.3.4/32", AllowedRange.Parse("all@1.2.3.4").ToString());
    }

    [Fact]
    public void Parse_OfWhatToStringWrote_IsTheSameRange() =>
        Gen.Select(Gen.Int[0, 127].Select(Subset), Gen.Byte.Array[4], Gen.Int[0, 32], Gen.Int[0, 2])
            .Sample((permissions, bytes, length, direction) =>
            {
                var words = new PermissionWords(permissions, direction != 1, direction != 0).ToString();
                if (permissions == ConnectionPermissions.None && words.Length > 0)
                    return; // A direction alone is not for reading.
                if (!AllowedRange.TryParse($"{words}@{new IPAddress(bytes)}/{length}", out var range, out var error))
                    throw new InvalidOperationException(error);
                var again = AllowedRange.Parse(range.ToString());
                Assert.Equal((range.Permissions, range.Network, range.IsInbound, range.IsOutbound), (again.Permissions, again.Network, again.IsInbound, again.IsOutbound));
            });

    private static ConnectionPermissions Subset(int bits) => Enum.GetValues<ConnectionPermissions>()
        .Where(static permission => permission is not (ConnectionPermissions.None or ConnectionPermissions.All))
        .Where((_, i) => (bits & (1 << i)) != 0)
        .Aggregate(ConnectionPermissions.None, static (a, b) => a | b);

    [Fact]
    public void TryParse_OfAnyText_GivesARangeOrAnError() =>
        Gen.String["@,/.:0123456789abcdefinout noban"].Sample(static text =>
        {
            var isRange = AllowedRange.TryParse(text, out var range, out var error);
            Assert.Equal((isRange, !isRange), (range is not null, error is not null));
        });
}
