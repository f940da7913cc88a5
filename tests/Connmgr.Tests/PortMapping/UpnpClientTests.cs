using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.PortMapping;

public sealed class UpnpClientTests : IAsyncDisposable
{
    private const string HasAddress = "<NewExternalIPAddress>24.0.0.1</NewExternalIPAddress>";

    private readonly FakeUpnpGateway _gateway = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly UpnpClient _client;

    public UpnpClientTests() => _client = new UpnpClient(_clock, _gateway.SearchPort);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private GatewayRequest Request => new(
        new PortMappingTarget(_gateway.Address, new IPEndPoint(IPAddress.Loopback, 8333)), [.. Enumerable.Repeat((byte)7, 12)], External: null, TimeSpan.FromMinutes(40));

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Map_TheGatewayAgrees_GivesItsAddressAndThePort()
    {
        _gateway.Answer = static (action, _) => action is "GetExternalIPAddress" ? HasAddress : string.Empty;

        Assert.Equal(new MappingAnswer(IPEndPoint.Parse("24.0.0.1:8333"), TimeSpan.FromMinutes(40), Epoch: null), await _client.MapAsync(Request, Token));

        Assert.Equal(["GetExternalIPAddress", "AddPortMapping"], _gateway.Calls.Select(static call => call.Action), StringComparer.Ordinal);
        Assert.Contains(
            "<NewRemoteHost /><NewExternalPort>8333</NewExternalPort><NewProtocol>TCP</NewProtocol><NewInternalPort>8333</NewInternalPort><NewInternalClient>127.0.0.1</NewInternalClient>"
            + "<NewEnabled>1</NewEnabled><NewPortMappingDescription>connmgr</NewPortMappingDescription><NewLeaseDuration>2400</NewLeaseDuration>",
            _gateway.Calls.Last().Body,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_OnlyPermanentLeases_TakesOne_AndRenewsItAsAnyOther()
    {
        _gateway.Answer = static (action, body) =>
            action is "GetExternalIPAddress" ? HasAddress : body.Contains("<NewLeaseDuration>0<", StringComparison.Ordinal) ? string.Empty : 725;

        Assert.Equal(TimeSpan.FromMinutes(40), (await _client.MapAsync(Request, Token)).Lifetime);
    }

    [Fact]
    public async Task Map_ThePortIsTaken_AnotherIsTried_AndStaysTheSame()
    {
        _gateway.Answer = static (action, body) => action is "GetExternalIPAddress" ? HasAddress : body.Contains("Port>8333</NewExternalPort>", StringComparison.Ordinal) ? 718 : string.Empty;

        var answer = await _client.MapAsync(Request, Token);

        Assert.InRange(answer.External.Port, 1024, 65535);
        Assert.NotEqual(8333, answer.External.Port);
        Assert.Equal(answer, await _client.MapAsync(Request, Token));
    }

    [Fact]
    public async Task Map_ThePortIsTaken_AGatewayOfVersion2Chooses()
    {
        _gateway.Version = 2;
        _gateway.Answer = static (action, _) => action switch
        {
            "GetExternalIPAddress" => HasAddress,
            "AddPortMapping" => 718,
            _ => "<NewReservedPort>45678</NewReservedPort>",
        };

        Assert.Equal(45678, (await _client.MapAsync(Request, Token)).External.Port);
    }

    [Fact]
    public async Task Map_EveryPortIsTaken_IsRefused()
    {
        _gateway.Answer = static (action, _) => action is "GetExternalIPAddress" ? HasAddress : 718;

        await FailsAsync(GatewayFailure.Refused, "refused (error 718)");

        Assert.Equal(6, _gateway.Calls.Count);
    }

    [Theory]
    [InlineData("<NewInternalClient>127.0.0.1</NewInternalClient><NewInternalPort>8333</NewInternalPort>", true)]
    [InlineData("<NewInternalClient>127.0.0.2</NewInternalClient><NewInternalPort>8333</NewInternalPort>", false)]
    [InlineData("<NewInternalClient>127.0.0.1</NewInternalClient><NewInternalPort>8334</NewInternalPort>", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public async Task Check_TellsWhetherTheMappingIsOurs(string? entry, bool isMapped)
    {
        _gateway.Answer = (action, _) => action is "GetExternalIPAddress" ? HasAddress : entry ?? (object)714;

        Assert.Equal(new CheckAnswer(isMapped, IPAddress.Parse("24.0.0.1"), Epoch: null), await _client.CheckAsync(Request, Token));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(501)]
    [InlineData(606)]
    public async Task Check_TheGatewayCannotTell_CountsAsMapped(int code)
    {
        _gateway.Answer = (action, _) => action is "GetExternalIPAddress" ? HasAddress : code;

        Assert.Equal(new CheckAnswer(IsMapped: true, IPAddress.Parse("24.0.0.1"), Epoch: null), await _client.CheckAsync(Request, Token));
    }

    [Fact]
    public async Task Remove_DeletesThePort()
    {
        _gateway.Answer = static (action, _) => action is "GetExternalIPAddress" ? HasAddress : string.Empty;

        await _client.RemoveAsync(Request with { External = IPEndPoint.Parse("24.0.0.1:9000") }, Token);

        var (action, body) = _gateway.Calls.Last();
        Assert.Equal("DeletePortMapping", action);
        Assert.Contains("<NewRemoteHost /><NewExternalPort>9000</NewExternalPort><NewProtocol>TCP</NewProtocol>", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "its answer is HTTP status 302")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "its answer is HTTP status 404")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "its description is not valid")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<root/>", "it has no service that maps ports")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n<root/>", "its answers are not valid")]
    [InlineData("nonsense\r\n\r\n", "its answers are not valid")]
    public async Task Map_BadDescription_Fails(string description, string reason)
    {
        _gateway.Description = description;

        await FailsAsync(null, reason);
    }

    [Theory]
    [InlineData("<NewExternalIPAddress></NewExternalIPAddress>", "it has no external address")]
    [InlineData("<NewExternalIPAddress>0.0.0.0</NewExternalIPAddress>", "it has no external address")]
    [InlineData("<NewExternalIPAddress>::1</NewExternalIPAddress>", "it has no external address")]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n<a/>", "its answer is HTTP status 500")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "its answers are not valid")]
    public async Task Map_BadAnswer_Fails(string answer, string reason)
    {
        _gateway.Answer = (_, _) => answer;

        await FailsAsync(null, reason);
    }

    /// <summary>An answer that never ends, and one of endless headers.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 200 * 1024)]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", 40 * 1024)]
    public async Task Map_TooLongAnAnswer_Fails(string start, int length)
    {
        _gateway.Description = start + new string('x', length);

        await FailsAsync(GatewayFailure.NoAnswer, "its answers are not valid");
    }

    [Fact]
    public async Task Map_ReplyLeadsToAnotherHost_IsNotFollowed()
    {
        _gateway.Location = $"http://127.0.0.1:{_gateway.HttpPort}/desc.xml";

        await FailsAsync(GatewayFailure.NoAnswer, "no answer", advances: true);

        Assert.Empty(_gateway.Calls);
    }

    [Fact]
    public async Task Map_NoAnswerToACall_IsGivenUp()
    {
        _gateway.Answer = static (_, _) => null;

        await FailsAsync(GatewayFailure.NoAnswer, "no answer", advances: true);
    }

    private async Task FailsAsync(GatewayFailure? failure, string reason, bool advances = false)
    {
        var mapping = _client.MapAsync(Request, Token);
        while (advances && !mapping.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(mapping, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token));
        }

        var exception = await Assert.ThrowsAsync<GatewayException>(() => mapping);

        Assert.Equal(reason, exception.Message);
        if (failure is not null)
            Assert.Equal(failure, exception.Failure);
    }
}
