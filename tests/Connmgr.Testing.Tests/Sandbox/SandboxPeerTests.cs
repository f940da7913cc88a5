using System.Buffers.Binary;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Testing.Tests;

public sealed class SandboxPeerTests
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Live_Handshake_GivesTheUserAgentServicesAndHeightOfARealNode()
    {
        await using var box = new Box();
        var agents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var host in box.Sandbox.Hosts)
        {
            await using var stream = await box.DialAsync(host.EndPoint);
            var peer = await box.HandshakeAsync(stream, host.EndPoint);

            Assert.StartsWith("/", peer.Version.UserAgent, StringComparison.Ordinal);
            Assert.True(peer.Version.Services.HasFlag(NodeServices.Witness));
            Assert.InRange(peer.Version.StartHeight, box.Sandbox.Height - 5, box.Sandbox.Height);
            Assert.True(peer.WantsAddrV2 && peer.WantsWtxidRelay);
            agents.Add(peer.Version.UserAgent);
        }

        Assert.True(agents.Count >= 8, $"All hosts are one of {string.Join(", ", agents)}.");
    }

    [Fact]
    public async Task Live_SameSeed_HasTheSameVersionMessage()
    {
        Assert.Equal(await VersionAsync(5), await VersionAsync(5));
        Assert.NotEqual(await VersionAsync(5), await VersionAsync(6));

        static async Task<VersionMessage> VersionAsync(int seed)
        {
            await using var box = new Box(options => options.Seed = seed);
            await using var stream = await box.DialAsync(box.Sandbox.Hosts[0].EndPoint);
            return (await box.HandshakeAsync(stream, box.Sandbox.Hosts[0].EndPoint)).Version;
        }
    }

    [Fact]
    public async Task Live_Ping_IsAnsweredAfterTheLatency()
    {
        await using var box = new Box(options => options.Latency = TimeSpan.FromMilliseconds(80));
        var host = box.Sandbox.Hosts[0];
        var dial = box.DialAsync(host.EndPoint);
        Step(dial);
        await using var stream = await dial;
        var writer = new FrameWriter(stream, SandboxNetwork.Chain);
        using var reader = new FrameReader(stream, SandboxNetwork.Chain);

        await writer.WriteAsync(MessageCommand.Version, new VersionMessage { ProtocolVersion = 70016 }.Encode());
        var verack = ReadAsync(MessageCommand.Verack);
        Step(verack);
        await verack;
        await writer.WriteAsync(MessageCommand.Verack, default);
        box.Time.Advance(TimeSpan.FromMilliseconds(80));
        await writer.WriteAsync(MessageCommand.Ping, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });
        var pong = ReadAsync(MessageCommand.Pong);
        Step(pong);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], await pong);

        void Step(Task answer)
        {
            box.Time.Advance(TimeSpan.FromMilliseconds(79));
            Assert.False(answer.IsCompleted);
            box.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        async Task<byte[]> ReadAsync(MessageCommand command)
        {
            while (true)
            {
                var message = Assert.NotNull(await reader.ReadAsync());
                if (message.Command == command) return message.Payload.ToArray();
            }
        }
    }

    [Fact]
    public async Task Live_TimePasses_AnnouncesEachBlock()
    {
        await using var box = new Box(options => options.BlockInterval = TimeSpan.FromSeconds(20));
        var host = box.Sandbox.Hosts[0];
        var height = box.Sandbox.Height;
        await using var stream = await box.DialAsync(host.EndPoint);
        var peer = await box.HandshakeAsync(stream, host.EndPoint);
        using var end = new CancellationTokenSource();
        var blocks = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();
        var run = peer.RunAsync(
            (_, message, _) =>
            {
                if (message.Command == new MessageCommand("inv")) blocks.Writer.TryWrite(message.Payload.ToArray());
                return default;
            },
            end.Token);

        byte[]? last = null;
        for (var i = 1; i <= 3; i++)
        {
            var next = blocks.Reader.ReadAsync().AsTask();
            await box.PassAsync(TimeSpan.FromSeconds(22), next); // 20 s for the block, and less than 2 s for it to spread.
            var block = await next;

            Assert.Equal(1 + 4 + 32, block.Length);
            Assert.Equal(2, BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(1)));
            Assert.NotEqual(last, block);
            last = block;
        }

        Assert.InRange(box.Sandbox.Height, height + 3, int.MaxValue);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Live_GetAddr_IsAnsweredOnceWithAddressesOfTheSandbox(bool isV2)
    {
        await using var box = new Box(options => options.Peers = 2000);
        var node = new BitcoinProtocol(new() { Chain = SandboxNetwork.Chain, TimeProvider = box.Time, AddrV2 = isV2 });
        var host = box.Sandbox.Hosts[0].EndPoint;
        await using var stream = await box.DialAsync(host);
        var peer = await node.HandshakeAsync(stream, ConnectionDirection.Outbound, host, CancellationToken.None);
        var answers = System.Threading.Channels.Channel.CreateUnbounded<(MessageCommand Command, byte[] Payload)>();
        using var end = new CancellationTokenSource();
        var run = peer.RunAsync(
            (_, message, _) =>
            {
                answers.Writer.TryWrite((message.Command, message.Payload.ToArray()));
                return default;
            },
            end.Token);

        await peer.SendAsync(MessageCommand.GetAddr, default);
        await peer.SendAsync(MessageCommand.GetAddr, default);
        var (command, payload) = await answers.Reader.ReadAsync().AsTask().WaitAsync(Box.Patience);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal(isV2 ? MessageCommand.AddrV2 : MessageCommand.Addr, command);
        var told = isV2 ? DecodeV2(payload) : Decode(payload);
        Assert.InRange(told.Count, 100, 460);
        Assert.Subset(box.Sandbox.Hosts.Select(known => known.EndPoint).ToHashSet(), told.ToHashSet());
        Assert.False(answers.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData(SandboxHostKind.WrongChain, ProtocolViolation.WrongMagic)]
    [InlineData(SandboxHostKind.Obsolete, ProtocolViolation.ObsoleteVersion)]
    public async Task HostileInTheHandshake_Dialled_FailsWithItsReason(SandboxHostKind kind, ProtocolViolation violation)
    {
        await using var box = new Box(options => options.HostileShare = 1);
        var host = box.First(kind).EndPoint;
        await using var stream = await box.DialAsync(host);

        var failure = await Assert.ThrowsAsync<ConnectFailedException>(() => box.HandshakeAsync(stream, host).WaitAsync(Box.Patience));

        Assert.Equal((ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation), (failure.Phase, failure.Cause));
        Assert.Equal(violation, Assert.IsType<BitcoinProtocolException>(failure.InnerException).Violation);
    }

    [Theory]
    [InlineData(SandboxHostKind.Babbling, ProtocolViolation.WrongMagic)]
    [InlineData(SandboxHostKind.Oversized, ProtocolViolation.MessageTooLarge)]
    public async Task HostileLater_AgePasses_EndsWithItsReason(SandboxHostKind kind, ProtocolViolation violation)
    {
        await using var box = new Box(options => (options.HostileShare, options.RestlessLifetime) = (1, Age));
        await using var stream = await box.DialAsync(box.First(kind).EndPoint);
        var run = await RunAsync(box, stream, kind);

        box.Time.Advance(Age - TimeSpan.FromSeconds(1));
        Assert.False(run.IsCompleted);
        await box.PassAsync(TimeSpan.FromSeconds(1), run);

        var end = await Assert.ThrowsAsync<BitcoinProtocolException>(() => run);
        Assert.Equal(violation, end.Violation);
    }

    [Fact]
    public async Task Leaving_AgePasses_ClosesTheConnection()
    {
        await using var box = new Box(options => (options.RestlessShare, options.RestlessLifetime) = (1, Age));
        await using var stream = await box.DialAsync(box.First(SandboxHostKind.Leaving).EndPoint);
        var run = await RunAsync(box, stream, SandboxHostKind.Leaving);

        Assert.False(run.IsCompleted);
        await box.PassAsync(Age, run);

        await run;
    }

    [Fact]
    public async Task Crashing_AgePasses_ResetsTheConnection()
    {
        await using var box = new Box(options => (options.RestlessShare, options.RestlessLifetime) = (1, Age));
        await using var stream = await box.DialAsync(box.First(SandboxHostKind.Crashing).EndPoint);
        var run = await RunAsync(box, stream, SandboxHostKind.Crashing);

        Assert.False(run.IsCompleted);
        await box.PassAsync(Age, run);

        await Assert.ThrowsAsync<IOException>(() => run);
    }

    [Fact]
    public async Task Resetting_EveryHost_ResetsWithinTheHandshake()
    {
        await using var box = new Box(options => options.ResettingShare = 1);
        foreach (var host in box.Sandbox.Hosts)
        {
            await using var stream = await box.DialAsync(host.EndPoint);
            var failure = await Assert.ThrowsAsync<ConnectFailedException>(
                () => box.HandshakeAsync(stream, host.EndPoint).WaitAsync(Box.Patience));
            Assert.Equal((ConnectPhase.Handshake, ConnectFailureCause.Reset), (failure.Phase, failure.Cause));
        }
    }

    [Fact]
    public async Task Silent_Handshake_WaitsUntilItIsGivenUp()
    {
        await using var box = new Box(options => options.SilentShare = 1);
        var host = box.Sandbox.Hosts[0].EndPoint;
        await using var stream = await box.DialAsync(host);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), box.Time);
        var handshake = box.HandshakeAsync(stream, host, patience.Token);

        box.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(handshake.IsCompleted);
        box.Time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handshake);
    }

    [Fact]
    public async Task Slow_Dial_TakesItsTime()
    {
        await using var box = new Box(options => (options.SlowShare, options.SlowLatency) = (1, TimeSpan.FromSeconds(2)));
        var dial = box.DialAsync(box.Sandbox.Hosts[0].EndPoint);

        box.Time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.False(dial.IsCompleted);
        box.Time.Advance(TimeSpan.FromMilliseconds(1));

        await using var stream = await dial;
    }

    [Fact]
    public async Task Dead_Dialled_FailsAsItsKind()
    {
        await using var box = new Box(options => options.DeadShare = 1);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), box.Time);

        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, DialAsync(SandboxHostKind.Refusing));
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Unreachable, DialAsync(SandboxHostKind.Unreachable));
        var swallowed = DialAsync(SandboxHostKind.Swallowing);
        Assert.False(swallowed.IsCompleted);
        box.Time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => swallowed);

        Task<Stream> DialAsync(SandboxHostKind kind) => box.DialAsync(box.First(kind).EndPoint, patience.Token);
    }

    private static async Task<Task> RunAsync(Box box, Stream stream, SandboxHostKind kind)
    {
        var peer = await box.HandshakeAsync(stream, box.First(kind).EndPoint).WaitAsync(Box.Patience);
        return peer.RunAsync((_, _, _) => default, CancellationToken.None);
    }

    private static List<IPEndPoint> Decode(byte[] payload)
    {
        var endPoints = new List<IPEndPoint>();
        for (var rest = AfterCount(payload); !rest.IsEmpty; rest = rest[30..])
        {
            var address = new IPAddress(rest.Slice(12, 16));
            if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
            endPoints.Add(new(address, BinaryPrimitives.ReadUInt16BigEndian(rest[28..])));
        }

        return endPoints;
    }

    private static List<IPEndPoint> DecodeV2(byte[] payload)
    {
        var endPoints = new List<IPEndPoint>();
        for (var rest = AfterCount(payload); !rest.IsEmpty;)
        {
            rest = rest[4..]; // The time.
            rest = rest[(rest[0] == 0xfd ? 3 : 1)..]; // The services, a CompactSize.
            var length = rest[1];
            Assert.Equal(rest[0] == 1 ? 4 : 16, length);
            endPoints.Add(new(new IPAddress(rest.Slice(2, length)), BinaryPrimitives.ReadUInt16BigEndian(rest[(2 + length)..])));
            rest = rest[(4 + length)..];
        }

        return endPoints;
    }

    private static ReadOnlySpan<byte> AfterCount(byte[] payload) => payload.AsSpan(payload[0] == 0xfd ? 3 : 1);
}
