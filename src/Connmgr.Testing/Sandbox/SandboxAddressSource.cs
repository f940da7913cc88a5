namespace Connmgr.Testing;

/// <summary>
/// Returns the addresses of a sandbox in an order drawn from its seed: each once, then all again in another order. Thread-safe.
/// </summary>
internal sealed class SandboxAddressSource(SandboxHost[] hosts, int seed) : IAddressSource
{
    /// <summary>The maximum number of addresses tried in one call.</summary>
    private const int MaxLooks = 256;

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly int[] _order = [.. Enumerable.Range(0, hosts.Length)];
    private int _next;

    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        for (var looks = Math.Min(hosts.Length, MaxLooks); looks > 0; looks--)
        {
            var endPoint = Next().EndPoint;
            if (request.GetRefusal(endPoint) == ConnectFailureCause.None)
                return new(new Candidate(endPoint));
        }

        return new((Candidate?)null);
    }

    public void ReportOutcome(in AttemptOutcome outcome)
    {
        // Dead addresses are offered again: they are the purpose of the sandbox.
    }

    /// <summary>Takes one step of an endless shuffle.</summary>
    private SandboxHost Next()
    {
        lock (_lock)
        {
            var other = _random.Next(_next, _order.Length);
            (_order[_next], _order[other]) = (_order[other], _order[_next]);
            var host = hosts[_order[_next]];
            _next = (_next + 1) % _order.Length;
            return host;
        }
    }
}
