using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.PortMapping;

/// <summary>The clients of PCP and NAT-PMP against a gateway on loopback that sends what the test says.</summary>
public sealed class GatewayDatagramsTests : IDisposable
{
    private readonly IPAddress _address = Loopback.NextAddress();
    private readonly Socket _gateway = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly FakeTimeProvider _clock = new();
    private readonly byte[] _buffer = new byte[2000];

    public GatewayDatagramsTests() => _gateway.Bind(new IPEndPoint(_address, 0));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private GatewayRequest Request => new(
        new PortMappingTarget(_address, new IPEndPoint(IPAddress.Loopback, 8333)), [.. new byte[PcpCodec.NonceLength]], External: null, TimeSpan.FromMinutes(40));

    private GatewayDatagrams Datagrams => new(((IPEndPoint)_gateway.LocalEndPoint!).Port, _clock);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task Pcp_Map_IsAskedFromTheLocalAddress_AndAnswered()
    {
        var mapping = new PcpClient(Datagrams).MapAsync(Request, Token);
        var (request, from) = await ReceiveAsync();
        Assert.Equal(IPAddress.Loopback, from.Address);

        await SendAsync(Reply(request, lifetime: 2400, epoch: 7, "24.0.0.1"), from);

        Assert.Equal(new MappingAnswer(IPEndPoint.Parse("24.0.0.1:8333"), TimeSpan.FromMinutes(40), Epoch: 7), await mapping);
    }

    [Fact]
    public async Task NatPmp_Map_AsksForTheAddressFirst()
    {
        var mapping = new NatPmpClient(Datagrams).MapAsync(Request, Token);
        var (request, from) = await ReceiveAsync();
        Assert.Equal([0, 0], request);
        await SendAsync(Convert.FromHexString("008000000000000218000001"), from);
        (request, from) = await ReceiveAsync();
        Assert.Equal("00020000208d208d00000960", Convert.ToHexStringLower(request));
        await SendAsync(Convert.FromHexString("0082000000000002208d208e00000960"), from);

        Assert.Equal(new MappingAnswer(IPEndPoint.Parse("24.0.0.1:8334"), TimeSpan.FromMinutes(40), Epoch: 2), await mapping);
    }

    [Fact]
    public async Task Ask_NoAnswer_IsTriedThreeTimesASecondApart()
    {
        var mapping = new PcpClient(Datagrams).MapAsync(Request, Token);
        for (var i = 0; i < 3; i++)
        {
            await ReceiveAsync();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        var exception = await Assert.ThrowsAsync<GatewayException>(() => mapping);

        Assert.Equal((GatewayFailure.NoAnswer, "no answer"), (exception.Failure, exception.Message));
        Assert.Equal(0, _gateway.Available);
    }

    [Fact]
    public async Task Ask_TheFirstAnswerIsLost_TheSecondCounts()
    {
        var mapping = new PcpClient(Datagrams).MapAsync(Request, Token);
        await ReceiveAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        var (request, from) = await ReceiveAsync();

        await SendAsync(Reply(request, lifetime: 2400, epoch: 7, "24.0.0.1"), from);

        Assert.Equal("24.0.0.1:8333", $"{(await mapping).External}");
    }

    [Fact]
    public async Task Ask_NobodyListens_FailsAtOnce()
    {
        var datagrams = Datagrams;
        _gateway.Dispose();

        var exception = await Assert.ThrowsAsync<GatewayException>(() => new PcpClient(datagrams).MapAsync(Request, Token));

        Assert.Equal((GatewayFailure.NoAnswer, "not spoken there"), (exception.Failure, exception.Message));
    }

    /// <summary>Replies to other requests and noise are passed over, in any length.</summary>
    [Fact]
    public async Task Ask_GarbageFirst_TheAnswerCounts()
    {
        var mapping = new PcpClient(Datagrams).MapAsync(Request, Token);
        var (request, from) = await ReceiveAsync();
        var reply = Reply(request, lifetime: 2400, epoch: 7, "24.0.0.1");
        await SendAsync([], from);
        await SendAsync([2], from);
        await SendAsync(reply[..^1], from);
        await SendAsync(new byte[3000], from);
        await SendAsync([.. reply[..24], .. Enumerable.Repeat((byte)9, 36)], from);

        await SendAsync(reply, from);

        Assert.Equal("24.0.0.1:8333", $"{(await mapping).External}");
    }

    [Fact]
    public async Task Ask_GarbageWithoutEnd_IsGivenUp()
    {
        var mapping = new NatPmpClient(Datagrams).CheckAsync(Request, Token);
        var (_, from) = await ReceiveAsync();
        while (!mapping.IsCompleted)
            await SendAsync([9, 9, 9], from);

        var exception = await Assert.ThrowsAsync<GatewayException>(() => mapping);

        Assert.Equal((GatewayFailure.NoAnswer, "its answers are not valid"), (exception.Failure, exception.Message));
    }

    /// <summary>The socket is connected, so the system drops what others send.</summary>
    [Fact]
    public async Task Ask_AnotherHostAnswers_IsNotHeard()
    {
        var mapping = new PcpClient(Datagrams).MapAsync(Request, Token);
        var (request, from) = await ReceiveAsync();
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(Loopback.NextAddress(), 0));
        await other.SendToAsync(Reply(request, lifetime: 2400, epoch: 7, "24.0.0.66"), from, Token);

        await SendAsync(Reply(request, lifetime: 2400, epoch: 7, "24.0.0.1"), from);

        Assert.Equal("24.0.0.1:8333", $"{(await mapping).External}");
    }

    [Fact]
    public async Task Refused_TellsTheCode_AndHowLongItLasts()
    {
        var mapping = new PcpClient(Datagrams).MapAsync(Request, Token);
        var (request, from) = await ReceiveAsync();
        var reply = Reply(request, lifetime: 900, epoch: 7, "0.0.0.0");
        reply[3] = (byte)PcpResult.NoResources;
        await SendAsync(reply, from);

        var exception = await Assert.ThrowsAsync<GatewayException>(() => mapping);

        Assert.Equal((GatewayFailure.Refused, "refused (NoResources)", TimeSpan.FromMinutes(15)), (exception.Failure, exception.Message, exception.Lasts));
    }

    [Fact]
    public async Task Cancelled_EndsTheWait()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var mapping = new PcpClient(Datagrams).MapAsync(Request, stop.Token);
        await ReceiveAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => mapping);
    }

    /// <summary>Creates a gateway's reply: the request with the bit of a reply, and the external address.</summary>

    private static byte[] Reply(byte[] request, ushort lifetime, byte epoch, string external)
    {
        var reply = request.ToArray();
        reply[1] |= 0x80;
        (reply[6], reply[7]) = ((byte)(lifetime >> 8), (byte)lifetime);
        reply.AsSpan(8, 16).Clear();
        reply[11] = epoch;
        IPAddress.Parse(external).MapToIPv6().TryWriteBytes(reply.AsSpan(44), out _);
        return reply;
    }

    private async Task<(byte[] Data, IPEndPoint From)> ReceiveAsync()
    {
        var received = await _gateway.ReceiveFromAsync(_buffer, new IPEndPoint(IPAddress.Any, 0), Token);
        return (_buffer[..received.ReceivedBytes], (IPEndPoint)received.RemoteEndPoint);
    }

    private async Task SendAsync(byte[] data, IPEndPoint to) => await _gateway.SendToAsync(data, to, Token);
}
