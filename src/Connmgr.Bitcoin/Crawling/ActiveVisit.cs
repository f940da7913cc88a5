namespace Connmgr.Bitcoin;

/// <summary>A visit from its lease until the frontier knows its result.</summary>
/// <param name="lease">The lease.</param>
/// <param name="round">The number of the round.</param>
/// <param name="heldUntil">The time on the crawler's clock until which the lease is surely held.</param>
/// <param name="stop">The token that ends all visits.</param>
internal sealed class ActiveVisit(FrontierLease lease, long round, TimeSpan heldUntil, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(stop);

    public FrontierLease Lease { get; } = lease;

    public long Round { get; } = round;

    /// <summary>The time until which the lease is surely held. Written by <see cref="LeaseKeeper"/> alone.</summary>
    public TimeSpan HeldUntil { get; set; } = heldUntil;

    /// <summary>The time at which the last step of the visit began. Written by its task alone.</summary>
    public TimeSpan StepBegan { get; set; }

    /// <summary>The token that ends the visit.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>The task of the visit, which ends when its result was handed over. Never faults.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>Ends the visit, since its lease is lost.</summary>
    public async Task EndAsync()
    {
        try
        {
            await _end.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It was delivered meanwhile.
        }
    }

    /// <summary>Ends the visit, since the claim of its address is lost. Must be fast.</summary>
    public void Abort()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was delivered meanwhile.
        }
    }

    public void Dispose() => _end.Dispose();
}
