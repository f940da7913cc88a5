using System.Net;
using System.Threading.Channels;
using Connmgr;

namespace Crawler;

/// <summary>Whom to ask next: each address once. Is done when each was asked or has failed. Thread-safe.</summary>
internal sealed class Frontier(int maxAddresses) : IAddressSource
{
    private readonly Lock _lock = new();
    private readonly HashSet<EndPoint> _known = [];
    private readonly Channel<EndPoint> _waiting = Channel.CreateUnbounded<EndPoint>(); // No more than are known.
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _asked;
    private int _failed;

    /// <summary>Completes when there is nobody left to ask.</summary>
    public Task Done => _done.Task;

    /// <summary>How many addresses are known, were asked, and have failed.</summary>
    public (int Known, int Asked, int Failed) Counts
    {
        get
        {
            lock (_lock)
                return (_known.Count, _asked, _failed);
        }
    }

    /// <summary>Adds addresses that are new; those that can't be dialled directly (Tor, I2P) are passed over.</summary>
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

    /// <summary>The manager asks when a slot is free, and waits.</summary>
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
        new Candidate(await _waiting.Reader.ReadAsync(cancellationToken));

    /// <summary>The manager reports what became of each candidate. One that is connected is not over yet.</summary>
    public void Report(in AttemptOutcome outcome)
    {
        if (outcome.Succeeded || outcome.EndPoint is not { } endPoint)
            return;
        if (outcome.CountsAgainstAddress)
            End(ref _failed);
        else
            _waiting.Writer.TryWrite(endPoint); // It lost a race against another dial, for one: it remains to be asked.
    }

    /// <summary>A node was asked.</summary>
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
