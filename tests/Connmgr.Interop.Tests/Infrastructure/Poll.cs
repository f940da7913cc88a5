namespace Connmgr.Interop;

/// <summary>Waiting for what another program does: by asking it, never by sleeping and hoping.</summary>
internal static class Poll
{
    /// <summary>Longer than the 2 minutes after which Tor gives up a connection to an onion service, so that it is tried twice.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks every 20 ms until the answer is true; fails the test after 4 minutes, in the words of <paramref name="describe"/>.</summary>
    public static async Task UntilAsync(Func<CancellationToken, Task<bool>> isDone, Func<string> describe, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (!await isDone(either.Token))
            {
                await Task.Delay(Interval, TimeProvider.System, either.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Assert.Fail($"Waited {Patience.TotalSeconds} s: {describe()}");
        }
    }
}
