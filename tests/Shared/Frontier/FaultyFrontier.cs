using System.Collections.Immutable;

namespace Connmgr.Bitcoin.Tests.Crawling;

/// <summary>A frontier that fails as one on a server may.</summary>
internal sealed class FaultyFrontier(MemoryFrontier inner) : IFrontier
{
    private int _calls;
    private int _leaseCalls;

    /// <summary>The number of calls for leases.</summary>
    public int LeaseCalls => Volatile.Read(ref _leaseCalls);

    /// <summary>The number of calls, from the second on, that fail.</summary>
    public int FailingCalls { get; init; }

    /// <summary>True to say that each lease is lost.</summary>
    public bool LosesLeases { get; init; }

    /// <summary>True to fail each renewal.</summary>
    public bool FailsRenewals { get; init; }

    /// <summary>The callback before each renewal.</summary>
    public Func<Task>? OnRenew { get; init; }

    public TimeSpan LeasePeriod => inner.LeasePeriod;

    public ValueTask<int> AddAsync(ReadOnlyMemory<PeerAddress> addresses, CancellationToken cancellationToken = default) => inner.AddAsync(addresses, cancellationToken);

    public ValueTask<FrontierGrant> LeaseAsync(int max, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _leaseCalls);
        FailAtTimes();
        return inner.LeaseAsync(max, cancellationToken);
    }

    public async ValueTask<ImmutableArray<bool>> RenewAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default)
    {
        if (OnRenew is not null)
            await OnRenew();
        if (FailsRenewals)
            throw new FrontierUnavailableException("as if");
        return LosesLeases ? [.. new bool[leases.Length]] : await inner.RenewAsync(leases, cancellationToken);
    }

    public ValueTask<ImmutableArray<bool>> CompleteAsync(ReadOnlyMemory<FrontierResult> results, CancellationToken cancellationToken = default)
    {
        FailAtTimes();
        return inner.CompleteAsync(results, cancellationToken);
    }

    public ValueTask ReleaseAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default) => inner.ReleaseAsync(leases, cancellationToken);

    public ValueTask<bool> EndRoundAsync(long round, CancellationToken cancellationToken = default) => inner.EndRoundAsync(round, cancellationToken);

    public ValueTask<FrontierStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        FailAtTimes();
        return inner.GetStatusAsync(cancellationToken);
    }

    public IAsyncEnumerable<FrontierRecord> GetRecordsAsync(CancellationToken cancellationToken = default) => inner.GetRecordsAsync(cancellationToken);

    private void FailAtTimes()
    {
        if (Interlocked.Increment(ref _calls) is >= 2 and var call && call < 2 + FailingCalls)
            throw new FrontierUnavailableException("as if");
    }
}
