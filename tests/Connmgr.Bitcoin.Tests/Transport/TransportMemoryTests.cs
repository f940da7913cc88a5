using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>
/// Hostile inbound peers of the encrypted transport, which send all but the end of the longest packets, before and after the version
/// handshake: they share the receive budget, and one after the other is closed for those that wait.
/// </summary>
public sealed class TransportMemoryTests
{
    private const int Longest = FrameHeader.MaxPayloadLength;
    private const int Attackers = 6;

    private readonly CountingPool _pool = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task InboundPeers_HoldPackets_AreClosedOneAfterTheOther(bool isAfterVerack, bool isDecoy)
    {
        var bitcoin = new BitcoinProtocol(new()
        {
            Chain = Frames.Chain,
            BufferPool = _pool,
            TimeProvider = _time,
            ReceiveBudget = BitcoinPeerOptions.MinReceiveBudget,
            PongTimeout = TimeSpan.FromMinutes(40),
        });
        var ends = new List<Task<Exception?>>();
        for (var i = 0; i < Attackers; i++)
        {
            ends.Add(await AttackAsync(bitcoin, isAfterVerack, isDecoy));
            if (i == 0)
                await Eventually.TrueAsync(() => bitcoin.Budget.Used.Open == ReceiveBudget.LongestBuffer);
            else
                await Eventually.TrueAsync(() => bitcoin.Budget.Waiting == i);
        }

        Assert.InRange(_pool.RentedBytes, Longest, bitcoin.Budget.Bytes);
        await Eventually.TrueAsync(() =>
        {
            if (ends.Count(static end => end.IsCompleted) < Attackers - 1)
                _time.Advance(ReceiveBudget.Period);
            return ends.Count(static end => end.IsCompleted) >= Attackers - 1;
        });
        foreach (var end in ends.Where(static end => end.IsCompleted))
        {
            var exception = await end;
            Assert.Equal(ProtocolViolation.ReceiveBudget, Assert.IsType<BitcoinProtocolException>(exception is ConnectFailedException ? exception.InnerException : exception).Violation);
        }
    }

    /// <summary>Sends all but the last byte.</summary>
    /// <returns>The end of the connection.</returns>
    private static async Task<Task<Exception?>> AttackAsync(BitcoinProtocol bitcoin, bool isAfterVerack, bool isDecoy)
    {
        var agreement = new KeyAgreement(KeyExchange.Instance!, isInitiator: true);
        var hasAnswered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = new FakeStream { AfterWrite = () => hasAnswered.TrySetResult() };
        stream.Feed(agreement.FirstFlight.Span);
        var end = RunAsync(bitcoin, stream);
        await hasAnswered.Task.WaitAsync(Ct);
        var keys = agreement.Agree(stream.Written.AsSpan(0, PacketFormat.KeySize), Frames.Chain.Magic.AsSpan());
        var packets = new PacketStream(keys, agreement.Garbage.ToArray()).Contents();
        if (isAfterVerack)
            packets.Message("version", Frames.PeerVersion.Encode()).Message("verack");
        _ = isDecoy ? packets.Decoy(Longest) : packets.Message("junk", new byte[Longest]);
        stream.Feed(packets.Bytes.AsSpan()[agreement.Garbage.Length..^1]);
        return end;
    }

    private static async Task<Exception?> RunAsync(BitcoinProtocol bitcoin, FakeStream stream)
    {
        try
        {
            var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct);
            await peer.RunAsync(static (_, _, _) => default, Ct);
            return null;
        }
        catch (IOException exception)
        {
            return exception;
        }
        catch (ConnectFailedException exception)
        {
            return exception;
        }
    }
}
