namespace Connmgr.Bitcoin;

/// <summary>Sends one message to many peers at once. Thread-safe.</summary>
/// <param name="directory">The peers.</param>
/// <param name="chain">The chain of the message.</param>
/// <param name="time">The clock of the deadlines.</param>
internal sealed class Broadcaster(PeerDirectory directory, ChainParameters chain, TimeProvider time)
{
    /// <summary>The deadline without another one.</summary>
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Sends a message to the peers that match. It is encoded once.</summary>
    public async Task<BroadcastResult> SendAsync(
        MessageCommand command,
        ReadOnlyMemory<byte> payload,
        Func<BitcoinPeer, bool>? where,
        TimeSpan? deadline,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var frame = new FrameBatch(chain).Add(command, payload.Span);
        BitcoinPeer[] peers = [.. directory.Peers.Where(peer => where?.Invoke(peer) != false)];
        using var late = new CancellationTokenSource(deadline ?? DefaultDeadline, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var misses = await Task.WhenAll(peers.Select(peer => SendAsync(peer, frame, end.Token))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return new(
            [.. peers.Where((_, index) => misses[index] is null)],
            [.. peers.Zip(misses).Where(static sent => sent.Second is not null).Select(static sent => new BroadcastMiss(sent.First, sent.Second!.Value))]);
    }

    private static async Task<BroadcastMissReason?> SendAsync(BitcoinPeer peer, FrameBatch frame, CancellationToken cancellationToken)
    {
        try
        {
            return await peer.TrySendAsync(frame, cancellationToken).ConfigureAwait(false) ? null : BroadcastMissReason.Backlog;
        }
        catch (IOException)
        {
            return BroadcastMissReason.Ended;
        }
        catch (OperationCanceledException)
        {
            return BroadcastMissReason.Deadline;
        }
    }
}
