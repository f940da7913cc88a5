namespace Connmgr.Bitcoin;

/// <summary>The nodes that were reached last, which are asked when nothing answers any more. Thread-safe.</summary>
internal sealed class NetworkWitnesses(NetworkCrawlerOptions options, CrawlVisitor visitor)
{
    private const int Most = 32;
    private const int MostAtOnce = 4;

    private readonly Lock _lock = new();
    private readonly Random _random = DefaultRandom.Fork(options.Random); // Under the lock.
    private readonly List<NetworkEndPoint> _nodes = []; // Under the lock.

    /// <summary>Adds a node that was reached.</summary>
    public void Add(NetworkEndPoint endPoint)
    {
        lock (_lock)
        {
            _nodes.Remove(endPoint);
            if (_nodes.Count == Most)
                _nodes.RemoveAt(0);
            _nodes.Add(endPoint);
        }
    }

    /// <summary>Dials some of them, and closes the connections. The visitor notes an answer.</summary>
    /// <returns>The number of nodes that were dialled.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<int> AskAsync(CancellationToken cancellationToken)
    {
        NetworkEndPoint[] chosen;
        lock (_lock)
        {
            chosen = [.. _nodes];
            _random.Shuffle(chosen);
        }

        var asked = await Task.WhenAll(chosen.Take(MostAtOnce).Select(endPoint => AskAsync(endPoint, cancellationToken))).ConfigureAwait(false);
        return asked.Count(static each => each);
    }

    private async Task<bool> AskAsync(NetworkEndPoint endPoint, CancellationToken cancellationToken)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IDisposable? claim = null;
        try
        {
            if (options.Claim is { } tryClaim)
            {
                claim = await tryClaim(endPoint.ToEndPoint()!, EndDial, lost.Token).ConfigureAwait(false);
                if (claim is null)
                    return false; // Another process is there.
            }

            await visitor.AskAsync(endPoint, lost.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // Nothing can be claimed, or the claim was lost.
        }
        finally
        {
            claim?.Dispose();
        }

        void EndDial()
        {
            try
            {
                lost.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The dial had ended before the claim was lost.
            }
        }
    }
}
