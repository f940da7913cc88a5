namespace Connmgr.Scenarios;

/// <summary>Target 8, an instant dialler, distinct addresses: each connection is disconnected as soon as it is handed over.</summary>
internal static class Churn
{
    private const int Cycles = 300_000;

    public static Scenario Disconnect => new("churn_disconnect_stub", "cycles/s", 5, _ => MeasureAsync());

    private static async Task<double> MeasureAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handed = 0;
        var addresses = new DistinctAddresses();
        ConnectionManager? manager = null;
        manager = new ConnectionManager(new()
        {
            Dial = static (_, _) => new(new MemoryStream(0)),
            GetNewAddress = _ => new(addresses.Next()),
            OnConnection = async (request, connection, _) =>
            {
                if (Interlocked.Increment(ref handed) == Cycles)
                    done.SetResult();
                await manager!.DisconnectAsync(request.Id, cancellationToken: CancellationToken.None);
                await connection.Closed;
            },
            MaxOutboundPerNetgroup = int.MaxValue,
            DialBurst = int.MaxValue,
            DialsPerSecond = int.MaxValue,
            RetryDuration = TimeSpan.FromMilliseconds(1),
        });
        await using var _ = manager;
        var started = TimeProvider.System.GetTimestamp();
        await manager.StartAsync();
        await done.Task;
        return Cycles / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
