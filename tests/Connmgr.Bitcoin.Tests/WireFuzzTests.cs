using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>
/// Whichever bytes a peer sends, in whichever pieces, its connection ends in a documented way and nothing is left behind.
/// </summary>
public sealed class WireFuzzTests(ITestOutputHelper output)
{
    private static readonly int Peers = Effort.Of(2_500);
    private const int MaxBacklog = 1000;

    private static readonly ProtocolViolation[] OfV2 = [ProtocolViolation.BadPacket, ProtocolViolation.MissingTerminator, ProtocolViolation.TooManyDecoys];

    private readonly SortedDictionary<ProtocolViolation, int> _reached = [];
    private int _handshaken;
    private int _encrypted;
    private int _endedWell;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyPeer_EndsInADocumentedWay_AndEachReasonIsReached()
    {
        var seed = Environment.GetEnvironmentVariable("CONNMGR_FUZZ_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 1;
        for (var i = 0; i < Peers; i++)
        {
            try
            {
                await RunPeerAsync(new(seed + i));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed + i} (set CONNMGR_FUZZ_SEED to replay it first): {e.Message}", e);
            }
        }

        foreach (var (violation, count) in _reached)
            output.WriteLine($"{violation} {count}");

        output.WriteLine($"{Peers} peers, {_handshaken} handshaken, {_encrypted} taken for encrypted, {_endedWell} ended without a violation");
        Assert.Equal([ProtocolViolation.ReceiveBudget, .. OfV2], Enum.GetValues<ProtocolViolation>().Except(_reached.Keys)); // It takes many peers.
        Assert.All(_reached, reached => Assert.True(reached.Value >= 10, $"{reached.Key} was reached only {reached.Value} times."));
        Assert.InRange(_handshaken, Peers / 4, Peers * 9 / 10);
        Assert.InRange(_encrypted, 10, Peers / 10);
        Assert.InRange(_endedWell, Peers / 20, Peers);
    }

    private async Task RunPeerAsync(Random random)
    {
        var pool = new CountingPool();
        var time = new FakeTimeProvider();
        var bitcoin = new BitcoinProtocol(new()
        {
            Chain = Frames.Chain,
            Transport = TransportPolicy.V1Only,
            TimeProvider = time,
            Random = new(random.Next()),
            RequiredServices = NodeServices.Network,
            MaxSendBacklog = MaxBacklog,
            BufferPool = pool,
        });

        // An outbound handshake under way, whose nonce the peer may have.
        using var ownCancel = new CancellationTokenSource();
        var ownStream = new FakeStream();
        var own = bitcoin.HandshakeAsync(ownStream, ConnectionDirection.Outbound, null, ownCancel.Token).AsTask();
        var ownNonce = VersionMessage.Decode((await Frames.ReadAllAsync(ownStream.Written))[0].Payload).Nonce;

        var peer = new WireFuzz(random).Next(ownNonce);
        var end = await PlayAsync(bitcoin, time, peer);
        await ownCancel.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => own);

        Count(end);
        Assert.Equal(0, pool.RentedBytes);

        // The old buffer and the new, twice as large, while one grows; what waits to be sent; the other dial's.
        var received = peer.Chunks.Sum(chunk => chunk.Length);
        Assert.InRange(pool.Peak, 0, (3L * (received + FrameReader.InitialBufferSize)) + (2 * MaxBacklog) + 1024);
    }

    private async Task<Exception?> PlayAsync(BitcoinProtocol bitcoin, FakeTimeProvider time, WireFuzz.Peer played)
    {
        var stream = new FakeStream { ZeroByteReadsReturnAtOnce = played.Chunks.Count % 2 == 0 };
        foreach (var chunk in played.Chunks)
            stream.Feed(chunk);

        switch (played.Behaviour)
        {
            case WireFuzz.Behaviour.Closes:
                stream.End();
                break;
            case WireFuzz.Behaviour.TakesNothing:
                stream.StallWritesAfter(played.WritesTaken);
                break;
            case WireFuzz.Behaviour.Breaks:
                stream.FailAtEnd(new IOException("The connection was reset."));
                break;
            case WireFuzz.Behaviour.FallsSilent:
                break;
        }

        BitcoinPeer peer;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), time);
        try
        {
            var handshake = bitcoin.HandshakeAsync(stream, played.Direction, null, deadline.Token).AsTask();
            await PassTimeUntilAsync(handshake, stream, time, mayWaitElsewhere: false);
            peer = await handshake;
            _handshaken++;
        }
        catch (ConnectFailedException e) when (e.Cause == ConnectFailureCause.UnsupportedTransport)
        {
            Assert.Equal(ConnectPhase.Handshake, e.Phase);
            Assert.Equal(ConnectionDirection.Inbound, played.Direction);
            Assert.False(BeginsWithMagic(played.Chunks));
            _encrypted++;
            return e;
        }
        catch (ConnectFailedException e)
        {
            Assert.Equal(ConnectPhase.Handshake, e.Phase);
            Assert.True(e.Cause is ConnectFailureCause.ProtocolViolation or ConnectFailureCause.Reset or ConnectFailureCause.SelfConnection);
            Assert.True(e.InnerException is BitcoinProtocolException || e.Cause == ConnectFailureCause.Reset);
            return e.InnerException;
        }
        catch (OperationCanceledException)
        {
            Assert.NotEqual(WireFuzz.Behaviour.Closes, played.Behaviour);
            return null;
        }

        return await RunAsync(peer, stream, time);
    }

    private async Task<Exception?> RunAsync(BitcoinPeer peer, FakeStream stream, FakeTimeProvider time)
    {
        var sends = new List<Task>();
        var gossip = new AddressGossip(new() { Book = new(new() { TimeProvider = time }), TimeProvider = time });
        await using var session = gossip.Attach(peer);
        var run = peer.RunAsync(
            async (p, message, token) =>
            {
                if (await session.HandleAsync(message, token))
                    return;

                if (message.Command.ToString() is not "inv")
                    return;

                // One answer that is waited for, or several that are not.
                if (message.Payload.Length == 37)
                    sends.AddRange(Enumerable.Range(0, 3).Select(_ => p.SendAsync(new("tx"), new byte[400], token).AsTask()));
                else
                    await p.SendAsync(new("getdata"), message.Payload, token);
            },
            Ct);
        await PassTimeUntilAsync(run, stream, time, mayWaitElsewhere: true);
        var end = await Record.ExceptionAsync(() => run);
        if (peer.LastIgnored is { } ignored)
            _reached[ignored] = _reached.GetValueOrDefault(ignored) + 1;
        Assert.True(end is null or BitcoinProtocolException or IOException, $"RunAsync ended with {end}");
        foreach (var send in sends)
            Assert.True(await Record.ExceptionAsync(() => send) is null or IOException or OperationCanceledException);

        return end is IOException { InnerException: BitcoinProtocolException inner } ? inner : end;
    }

    /// <summary>Lets virtual time pass while nothing else can happen, as far as the stream shows it.</summary>
    /// <param name="task">The task to end.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="time">The time.</param>
    /// <param name="mayWaitElsewhere">
    /// True if it may also wait for time alone, as a paced peer does. Then time may pass too early as well: any end will do.
    /// </param>
    private static async Task PassTimeUntilAsync(Task task, FakeStream stream, FakeTimeProvider time, bool mayWaitElsewhere)
    {
        const int TurnsElsewhere = 50;
        var start = TimeProvider.System.GetTimestamp();
        for (var turns = 1; !task.IsCompleted; turns++)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(1), "It never ends.");
            await Task.Yield();
            if (stream.IsStuck || (mayWaitElsewhere && turns % TurnsElsewhere == 0))
                time.Advance(TimeSpan.FromSeconds(30));
        }
    }

    private static bool BeginsWithMagic(List<byte[]> chunks) =>
        chunks.SelectMany(static chunk => chunk).Take(Frames.Chain.Magic.Length).SequenceEqual(Frames.Chain.Magic);

    private void Count(Exception? end)
    {
        if (end is BitcoinProtocolException { Violation: var violation })
            _reached[violation] = _reached.GetValueOrDefault(violation) + 1;
        else
            _endedWell++;
    }
}
