using System.Net;
using System.Text;
using System.Xml;
using CsCheck;

namespace Connmgr.Tests.PortMapping;

/// <summary>The search, the documents and the calls of UPnP. The description and the answers are those of miniupnpd 2.3.1, shortened.</summary>
public sealed class UpnpXmlTests
{
    private const string Description = """
        <?xml version="1.0"?>
        <root xmlns="urn:schemas-upnp-org:device-1-0" configId="1337"><specVersion><major>1</major><minor>1</minor></specVersion><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:2</deviceType><friendlyName>Debian router</friendlyName><serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType><serviceId>urn:upnp-org:serviceId:L3Forwarding1</serviceId><SCPDURL>/L3F.xml</SCPDURL><controlURL>/ctl/L3F</controlURL><eventSubURL>/evt/L3F</eventSubURL></service></serviceList><deviceList><device><deviceType>urn:schemas-upnp-org:device:WANDevice:2</deviceType><deviceList><device><deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:2</deviceType><serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:2</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId><SCPDURL>/WANIPCn.xml</SCPDURL><controlURL>/ctl/IPConn</controlURL><eventSubURL>/evt/IPConn</eventSubURL></service><service><serviceType>urn:schemas-upnp-org:service:WANIPv6FirewallControl:1</serviceType><controlURL>/ctl/IP6FCtl</controlURL></service></serviceList></device></deviceList></device></deviceList><presentationURL>http://192.168.77.1/</presentationURL></device></root>
        """;

    private const string Reply =
        "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nEXT:\r\n" +
        "SERVER: Debian/6.18 UPnP/1.1 MiniUPnPd/2.3.1\r\nLOCATION: http://192.168.77.1:5000/rootDesc.xml\r\nCONFIGID.UPNP.ORG: 1337\r\n\r\n";

    private static readonly IPAddress Gateway = IPAddress.Parse("192.168.77.1");
    private static readonly Uri Location = new("http://192.168.77.1:5000/rootDesc.xml");
    private static readonly UpnpService Service = new("urn:schemas-upnp-org:service:WANIPConnection:1", new Uri("http://192.168.77.1:5000/ctl/IPConn"));

    [Fact]
    public void TryRead_ReplyOfARealGateway_GivesTheLocation()
    {
        Assert.True(UpnpSearch.TryRead(Encoding.ASCII.GetBytes(Reply), Gateway, out var location));

        Assert.Equal(Location, location);
    }

    [Theory]
    [InlineData("http://192.168.77.9:5000/rootDesc.xml")] // Another host.
    [InlineData("http://router.example/rootDesc.xml")]
    [InlineData("https://192.168.77.1/rootDesc.xml")]
    [InlineData("http://user@192.168.77.1/rootDesc.xml")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/rootDesc.xml")]
    [InlineData("")]
    public void TryRead_LocationElsewhere_IsNone(string location) =>
        Assert.False(UpnpSearch.TryRead(Encoding.ASCII.GetBytes(Reply.Replace("http://192.168.77.1:5000/rootDesc.xml", location, StringComparison.Ordinal)), Gateway, out _));

    [Fact]
    public void TryRead_AnyBytes_NeverThrows() => Gen.Select(Gen.Int[0, Reply.Length - 1], Gen.Byte.Array[0, 20]).Sample((at, noise) =>
    {
        var data = Encoding.ASCII.GetBytes(Reply);
        noise.AsSpan(0, Math.Min(noise.Length, data.Length - at)).CopyTo(data.AsSpan(at));
        if (UpnpSearch.TryRead(data, Gateway, out var location))
            Assert.Equal("192.168.77.1", location.Host);
    });

    [Fact]
    public void ReadServices_OfARealGateway_FindsTheOneThatMaps() =>
        Assert.Equal(
            [new UpnpService("urn:schemas-upnp-org:service:WANIPConnection:2", new Uri("http://192.168.77.1:5000/ctl/IPConn"))],
            UpnpXml.ReadServices(Encoding.UTF8.GetBytes(Description), Location, Gateway));

    [Theory]
    [InlineData("/ctl/IPConn", "http://192.168.77.2/ctl")] // The control address at another host.
    [InlineData("<presentationURL>http://192.168.77.1/</presentationURL>", "<x/>", false)]
    [InlineData("<device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:2", "<URLBase>http://192.168.77.2/</URLBase><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:2")]
    public void ReadServices_ServiceElsewhere_IsLeftOut(string old, string other, bool isLeftOut = true) =>
        Assert.Equal(isLeftOut, UpnpXml.ReadServices(Encoding.UTF8.GetBytes(Description.Replace(old, other, StringComparison.Ordinal)), Location, Gateway).IsEmpty);

    [Fact]
    public void ReadServices_Several_PrefersTheBest_AndTakesFour()
    {
        string[] types = ["WANPPPConnection:1", "WANIPConnection:1", "WANIPConnection:2", "WANIPConnection:1", "WANPPPConnection:1", "WANIPConnection:3"];
        var document = $"<root>{string.Concat(types.Select(static (type, i) => $"<service><controlURL>/{i}</controlURL><serviceType>urn:schemas-upnp-org:service:{type}</serviceType></service>"))}</root>";

        Assert.Equal(["/2", "/1", "/3", "/0"], UpnpXml.ReadServices(Encoding.UTF8.GetBytes(document), Location, Gateway).Select(static service => service.Control.AbsolutePath), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>")]
    [InlineData("<!DOCTYPE a SYSTEM \"http://192.168.77.1/a.dtd\"><a/>")]
    [InlineData("<a>&x;</a>")]
    [InlineData("<a><b></a>")]
    [InlineData("")]
    public void Read_DtdEntityOrNonsense_IsRefused(string document)
    {
        Assert.Throws<XmlException>(() => UpnpXml.ReadValues(Encoding.UTF8.GetBytes(document)));
        Assert.Throws<XmlException>(() => UpnpXml.ReadServices(Encoding.UTF8.GetBytes(document), Location, Gateway));
    }

    [Fact]
    public void Read_TooDeepOrTooLong_IsRefused()
    {
        Assert.Throws<XmlException>(() => UpnpXml.ReadValues(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<a>", 70)) + string.Concat(Enumerable.Repeat("</a>", 70)))));
        Assert.Throws<XmlException>(() => UpnpXml.ReadValues(Encoding.UTF8.GetBytes($"<a>{new string('x', UpnpXml.MaxLength)}</a>")));
        Assert.Equal(64, UpnpXml.ReadValues(Encoding.UTF8.GetBytes($"<a>{string.Concat(Enumerable.Range(0, 100).Select(static i => $"<b{i}>1</b{i}>"))}</a>")).Count);
    }

    [Fact]
    public void ReadValues_AnswersOfARealGateway()
    {
        var address = UpnpXml.ReadValues(Encoding.UTF8.GetBytes(
            "<?xml version=\"1.0\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:GetExternalIPAddressResponse xmlns:u=\"urn:schemas-upnp-org:service:WANIPConnection:2\"><NewExternalIPAddress>24.0.0.1</NewExternalIPAddress></u:GetExternalIPAddressResponse></s:Body></s:Envelope>\n"));
        Assert.Equal("24.0.0.1", address["NewExternalIPAddress"]);

        var failed = UpnpXml.ReadValues(Encoding.UTF8.GetBytes(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\"><errorCode>714</errorCode><errorDescription>NoSuchEntryInArray</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>"));
        Assert.Equal(714, UpnpXml.GetNumber(failed, "errorCode"));
    }

    [Fact]
    public void WriteCall_AnyArguments_AreReadAsTheSame() => Gen.Char[' ', '~'].Array[0, 30].Select(static text => new string(text).Trim()).Array[1, 5].Sample(texts =>
    {
        var call = UpnpXml.WriteCall(Service, "AddPortMapping", texts.Select(static (text, i) => ($"New{i}", text)));

        var values = UpnpXml.ReadValues(Encoding.UTF8.GetBytes(call));

        Assert.All(texts.Index(), each => Assert.Equal(each.Item, values.GetValueOrDefault($"New{each.Index}", string.Empty)));
    });

    [Fact]
    public void Read_AnyChange_ReadsOrRefuses() => Gen.Select(Gen.Int[0, Description.Length - 1], Gen.Char[' ', '~'].Array[1, 8], Gen.Int[0, 8]).Sample((at, noise, removed) =>
    {
        var document = Description.Remove(at, Math.Min(removed, Description.Length - at)).Insert(at, new string(noise));
        try
        {
            Assert.All(UpnpXml.ReadServices(Encoding.UTF8.GetBytes(document), Location, Gateway), static service => Assert.Equal("192.168.77.1", service.Control.Host));
        }
        catch (XmlException)
        {
            // Refused.
        }
    });
}
