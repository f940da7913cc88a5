using System.Net;
using System.Threading.Channels;
using Connmgr;

namespace Crawler;

/// <summary>The nodes to ask: each address once. It is done when each node was asked or has failed. Thread-safe.</summary>
internal sealed class Frontier(int maxAddresses) : IAddressSource
{
    private readonly Lock _lock = new();
    private readonly HashSet<EndPoint> _known = [];
    private readonly Channel<EndPoint> _waiting = Channel.CreateUnbounded<EndPoint>(); // Bounded by the number of known addresses.
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _asked;
    private int _failed;

    /// <summary>A task that completes when no node is left to ask.</summary>
    public Task Done => _done.Task;

    /// <summary>The numbers of addresses that are known, were asked, and have failed.</summary>
    public (int Known, int Asked, int Failed) Counts
    {
        get
        {
            lock (_lock)
                return (_known.Count, _asked, _failed);
        }
    }

    /// <summary>Adds new addresses, except those that can't be dialled directly (Tor, I2P).</summary>
    public void Add(IEnumerable<PeerAddress> addresses)
    {
        lock (_lock)
        {
            foreach (var address in addresses)
            {
                if (address.EndPoint.ToEndPoint() is IPEndPoint endPoint && _known.Count < maxAddresses && _known.Add(endPoint))
                    _waiting.Writer.TryWrite(endPoint);
            }
        }
    }

    /// <summary>Waits for the next address. The manager calls it when a slot is free.</summary>
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
        new Candidate(await _waiting.Reader.ReadAsync(cancellationToken));

    /// <summary>Notes the outcome of a candidate's attempt. A connected one is asked first; <see cref="Asked"/> follows.</summary>
    public void ReportOutcome(in AttemptOutcome outcome)
    {
        if (outcome.Succeeded || outcome.EndPoint is not { } endPoint)
            return;
        if (outcome.CountsAgainstAddress)
            End(ref _failed);
        else
            _waiting.Writer.TryWrite(endPoint); // For example, it lost a race against another dial: ask it later.
    }

    /// <summary>Notes that a node was asked.</summary>
    public void Asked() => End(ref _asked);

    private void End(ref int counter)
    {
        lock (_lock)
        {
            counter++;
            if (_asked + _failed == _known.Count)
                _done.TrySetResult();
        }
    }
}
