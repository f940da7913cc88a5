using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>
/// <c>connmgr run --listen</c> under a flood: 5,000 routable addresses of 20 /24s that connect and say nothing, in a network where every IPv4 address is local. All of it is bounded: each
/// address connects once or twice.
/// </summary>
public sealed class FloodTests
{
    private const int MaxInbound = 60;
    private const int Prefixes = 20;
    private const int HostsPerPrefix = 250;
    private const int AtOnce = 32;
    private const int HonestPeers = 8;

    private static readonly IPEndPoint Victim = new(IPAddress.Parse("20.0.0.1"), 18444);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_UnderAFlood_HonestPeersGetInAndStay_AndAllowedOnesAlways()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var run = ToolProcess.Start(
            network, "run", "--network", "regtest", "--listen", Victim.ToString(), "--json", "--max-inbound", $"{MaxInbound}", "--allow", "noban@30.0.0.0/8");
        await Poll.UntilAsync(_ => Task.FromResult(run.Output.Contains("\"listening\"", StringComparison.Ordinal)), () => $"it does not listen: {run.Output}", Cancellation);
        await using var before = await ConnectAsync(network, "30.1.0.1") ?? throw new InvalidOperationException("Not even the first peer got in.");
        var memoryBefore = ResidentBytes(run.Id);

        using var held = new HeldSockets();
        var flood = FloodAsync(network, held);
        var honest = new List<Peer>();
        for (var i = 0; i < HonestPeers; i++)
            honest.Add(await UntilInAsync(network, $"{60 + i}.1.0.1"));
        var allowed = 0;
        for (var i = 0; i < 10; i++)
        {
            await using var peer = await ConnectAsync(network, $"30.2.0.{i + 1}");
            allowed += peer is null ? 0 : 1;
        }

        await flood;
        await using var last = await ConnectAsync(network, "30.3.0.1");
        var (stayed, hasStayed) = (honest.Count(static peer => peer.IsAlive), before.IsAlive);
        var (memoryAfter, lines) = (ResidentBytes(run.Id), run.Output.Count(static c => c == '\n'));
        foreach (var peer in honest)
            await peer.DisposeAsync();
        await run.TerminateAsync(Cancellation);
        var refused = GetRefused(run.Output);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"flood_connections {held.Attempts} | refused {refused} | honest in {honest.Count}/{HonestPeers}, tries {string.Join(' ', honest.Select(static peer => peer.Tries))}, "
            + $"stayed {stayed} | allowed in {allowed}/10 | lines {lines} | resident {memoryBefore >> 20} -> {memoryAfter >> 20} MiB");
        Assert.Equal(HonestPeers, stayed);
        Assert.Equal(10, allowed);
        Assert.True(hasStayed, "The allowed peer that was there before did not stay.");
        Assert.True(last is not null, "An allowed peer was not let in after the flood.");
        Assert.True(held.Attempts >= Prefixes * HostsPerPrefix, $"The flood was only {held.Attempts} connections.");
        Assert.True(refused > held.Attempts * 3 / 4, $"Only {refused} of {held.Attempts} were refused.");
        Assert.True(lines < held.Attempts / 2, $"{lines} lines for {held.Attempts} connections.");
        Assert.True(memoryAfter - memoryBefore < 100 << 20, $"It grew from {memoryBefore} to {memoryAfter} bytes.");
    }

    private static async Task FloodAsync(NetworkNamespace network, HeldSockets held)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < Prefixes * HostsPerPrefix; i = Interlocked.Increment(ref next))
                await held.AddAsync(network, new IPAddress([40, (byte)(i % Prefixes / 10), (byte)(i % Prefixes), (byte)(1 + i / Prefixes)]));
        }));
    }

    private static async Task<Peer> UntilInAsync(NetworkNamespace network, string address)
    {
        Peer? peer = null;
        var tries = 0;
        await Poll.UntilAsync(
            async _ =>
            {
                tries++;
                return (peer = await ConnectAsync(network, address)) is not null;
            },
            () => $"{address} did not get in, in {tries} tries",
            Cancellation);
        peer!.Tries = tries;
        return peer;
    }

    /// <summary>A peer with a handshake as it should be; null when it is not let in.</summary>
    private static async Task<Peer?> ConnectAsync(NetworkNamespace network, string address)
    {
        var socket = network.Run(() => HeldSockets.Bound(IPAddress.Parse(address)));
        try
        {
            await socket.ConnectAsync(Victim, Cancellation);
            var stream = new NetworkStream(socket, ownsSocket: true);
            var protocol = new BitcoinProtocol(new BitcoinPeerOptions { Chain = ChainParameters.Regtest });
            return new Peer(stream, await protocol.HandshakeAsync(stream, ConnectionDirection.Outbound, Victim, Cancellation));
        }
        catch (Exception exception) when (exception is SocketException or ConnectFailedException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static long ResidentBytes(int process) =>
        long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1]) * Environment.SystemPageSize;

    private static long GetRefused(string output)
    {
        var summary = output.Split('\n').Last(static line => line.Contains("\"inboundRefused\"", StringComparison.Ordinal));
        return JsonDocument.Parse(summary).RootElement.GetProperty("inboundRefused").GetInt64();
    }

    private sealed class Peer : IAsyncDisposable
    {
        private readonly Stream _stream;
        private readonly CancellationTokenSource _end = new();
        private readonly Task _run;

        public Peer(Stream stream, BitcoinPeer peer)
        {
            _stream = stream;
            _run = peer.RunAsync(static (_, _, _) => default, _end.Token);
        }

        public int Tries { get; set; }

        public bool IsAlive => !_run.IsCompleted;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _run.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await _stream.DisposeAsync();
            _end.Dispose();
        }
    }
}
