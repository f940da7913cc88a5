using System.Buffers.Binary;
using System.Net;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Peers that do nothing, or invent what they announce, in a netgroup each, do not displace those that take part.</summary>
public sealed class PeerNetworkUsefulnessTests : IAsyncDisposable
{
    private const int Places = 60;
    private const int Idle = 70;
    private const int Honest = 15;

    private static readonly IPEndPoint Ours = Ip("250.9.9.9", 18444);
    private static readonly IPEndPoint Known = Ip("8.8.1.1", 8333);

    private readonly MemoryNetwork _memory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 0, 0, 0, TimeSpan.Zero));
    private readonly List<Stream> _streams = [];
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);

    private CancellationToken Cancellation => _deadline.Token;

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams)
            await stream.DisposeAsync();
        await _memory.DisposeAsync();
        _deadline.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Inbound_ManyThatIdleOrInvent_DoNotDisplaceThoseThatTakePart(bool invents)
    {
        var announced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _memory.SetBehavior(Known, HostBehavior.Serving(async (stream, _) =>
        {
            await stream.WriteAsync(Frames.Handshake(), Cancellation);
            await AnnounceAsync(stream, [.. Enumerable.Range(1, Honest)]);
            announced.SetResult();
            await UntilPongAsync(stream, count: int.MaxValue);
        }));
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Dial = _memory.DialAsync,
            PermanentPeers = [Known],
            Protocol = new() { Transport = TransportPolicy.V1Only },
            MaxInbound = Places,
            TimeProvider = _time,
            Configure = manager =>
            {
                manager.Listeners = [_memory.Listen(Ours)];
                manager.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
            },
        });
        await network.StartAsync(Cancellation);
        await announced.Task.WaitAsync(Cancellation);
        for (var i = 0; i < Idle; i++)
        {
            var idle = await ConnectAsync($"{20 + i}.1.1.1");
            await AnnounceAsync(idle, invents ? [1_000_000 + i] : []);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < Honest; i++)
            await AnnounceAsync(await ConnectAsync($"{120 + i}.1.1.1"), [i + 1]);

        var inbound = (await network.GetPeersAsync(Cancellation)).Where(static peer => peer.Connection.Direction == ConnectionDirection.Inbound)
            .Select(static peer => ((IPEndPoint)peer.Connection.RemoteEndPoint!).Address.GetAddressBytes()[0])
            .ToList();
        Assert.Equal(Places, inbound.Count);
        Assert.Equal(Enumerable.Range(120, Honest), inbound.Where(static first => first >= 120).Select(static first => (int)first).Order());
    }

    private static IPEndPoint Ip(string address, int port) => new(IPAddress.Parse(address), port);

    private async Task<Stream> ConnectAsync(string address)
    {
        var stream = await _memory.DialFrom(Ip(address, 50_000))(Ours, Cancellation);
        _streams.Add(stream);
        await stream.WriteAsync(Frames.Handshake(), Cancellation);
        return stream;
    }

    /// <summary>Announces blocks, and waits until that was read: what was sent after it is answered.</summary>
    private async Task AnnounceAsync(Stream stream, params int[] blocks)
    {
        if (blocks.Length > 0)
        {
            var payload = new byte[1 + (36 * blocks.Length)];
            payload[0] = (byte)blocks.Length;
            for (var i = 0; i < blocks.Length; i++)
            {
                payload[1 + (36 * i)] = 2;
                BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(20 + (36 * i)), blocks[i]);
            }

            await stream.WriteAsync(Frames.Of("inv", payload), Cancellation);
        }

        await stream.WriteAsync(Frames.Of("ping", new byte[8]), Cancellation);
        await UntilPongAsync(stream, count: 1);
    }

    private async Task UntilPongAsync(Stream stream, int count)
    {
        var received = new List<byte>();
        var buffer = new byte[4096];
        while (count > 0 && await stream.ReadAsync(buffer, Cancellation) is > 0 and var read)
        {
            received.AddRange(buffer.AsSpan(0, read));
            if (received.ToArray().AsSpan().IndexOf("pong\0"u8) < 0)
                continue;
            received.Clear();
            count--;
        }
    }
}
