using System.Net;
using System.Net.Sockets;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class EndPointKeyTests
{
    public static TheoryData<EndPoint, EndPoint> Same => new()
    {
        { Ip("1.2.3.4:8333"), Ip("1.2.3.4:8333") },
        { Ip("1.2.3.4:8333"), Ip("[::ffff:1.2.3.4]:8333") },
        { Ip("1.2.3.4:8333"), new DnsEndPoint("1.2.3.4", 8333) },
        { Ip("1.2.3.4:8333"), new DnsEndPoint("::ffff:1.2.3.4", 8333) },
        { Ip("[2a01::1]:8333"), new DnsEndPoint("2A01:0::1", 8333) },
        { new DnsEndPoint("seed.example", 8333), new DnsEndPoint("SEED.example.", 8333) },
        { new DnsEndPoint("seed.example", 8333), new DnsEndPoint("seed.example", 8333, AddressFamily.InterNetwork) },
    };

    public static TheoryData<EndPoint, EndPoint> Different => new()
    {
        { Ip("1.2.3.4:8333"), Ip("1.2.3.4:8334") },
        { Ip("1.2.3.4:8333"), Ip("1.2.3.5:8333") },
        { Ip("1.2.3.4:8333"), Ip("[2a01::1]:8333") },
        { new DnsEndPoint("seed.example", 8333), new DnsEndPoint("seed.example", 8334) },
        { new DnsEndPoint("seed.example", 8333), new DnsEndPoint("seed2.example", 8333) },
    };

    [Theory]
    [MemberData(nameof(Same))]
    public void Of_TwoWaysToWriteOneAddress_AreOneKey(EndPoint a, EndPoint b)
    {
        Assert.Equal(EndPointKey.Create(a), EndPointKey.Create(b));
        Assert.Equal(EndPointKey.Create(a).GetHashCode(), EndPointKey.Create(b).GetHashCode());
        Assert.Equal(EndPointKey.Create(a), EndPointKey.Borrow(b));
        Assert.Equal(EndPointKey.Create(a), EndPointKey.Borrow(a));
    }

    [Theory]
    [MemberData(nameof(Different))]
    public void Of_DifferentAddresses_AreDifferentKeys(EndPoint a, EndPoint b) => Assert.NotEqual(EndPointKey.Create(a), EndPointKey.Create(b));

    [Fact]
    public void Create_AnAddress_IsACopyThatItsOwnerDoesNotChange()
    {
        var owned = Ip("1.2.3.4:8333");
        var key = EndPointKey.Create(owned);
        var plain = EndPointKey.Plain(owned);
        owned.Port = 1;
        Assert.Equal(Ip("1.2.3.4:8333"), key);
        Assert.Equal(Ip("1.2.3.4:8333"), plain);
    }

    [Fact]
    public void Borrow_APlainAddress_IsItself()
    {
        var plain = Ip("1.2.3.4:8333");
        Assert.Same(plain, EndPointKey.Borrow(plain));
        Assert.Same(plain, EndPointKey.BorrowPlain(plain));
        Assert.Equal(plain, EndPointKey.BorrowPlain(Ip("[::ffff:1.2.3.4]:8333")));
    }

    [Fact]
    public void Of_ADotAlone_IsKept() => Assert.Equal(new DnsEndPoint(".", 1), EndPointKey.Create(new DnsEndPoint(".", 1)));

    private static IPEndPoint Ip(string text) => IPEndPoint.Parse(text);
}
