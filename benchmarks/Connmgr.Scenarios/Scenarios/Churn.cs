using System.Threading.Channels;

namespace Connmgr.Scenarios;

/// <summary>
/// Target 8, an instant dialler, unlimited distinct addresses: connections are ended until 300,000 have been replaced. The dial bucket, which limits exactly this, is
/// disabled, and lost addresses rest for a short time.
/// </summary>
internal static class Churn
{
    private const int Target = 8;
    private const int Cycles = 300_000;

    public static IEnumerable<Scenario> All =>
    [
        Create("churn_disconnect_stub", EndAtOnceAsync, isRemoval: false, static () => new StubStream()),
        Create("churn_remove_stub", EndAtOnceAsync, isRemoval: true, static () => new StubStream()),
        Create("churn_seq_stub", EndInSequenceAsync, isRemoval: false, static () => new StubStream()),
        Create("churn_disconnect_pipe", EndAtOnceAsync, isRemoval: false, static () => new PipeStream()),
        Create("churn_remove_pipe", EndAtOnceAsync, isRemoval: true, static () => new PipeStream()),
        Create("churn_seq_pipe", EndInSequenceAsync, isRemoval: false, static () => new PipeStream()),
    ];

    private delegate Task<Cost> Measure(bool isRemoval, Func<Stream> newStream);

    private static Scenario Create(string name, Measure measure, bool isRemoval, Func<Stream> newStream) =>
        new(name, 15, async run =>
        {
            var cost = await measure(isRemoval, newStream);
            run.Add(Cycles / cost.Wall.TotalSeconds, "cycles/s");
            run.Add("cpu", cost.Cpu.TotalSeconds * 100_000 / Cycles, "CPU-s/100k");
            run.Add("bytes", (double)cost.Bytes / Cycles, "B/cycle");
        })
        { Note = "dial-bucket=lifted,retry=1ms" };

    /// <summary>Ends each connection by its handler, as soon as it is handed over.</summary>
    private static async Task<Cost> EndAtOnceAsync(bool isRemoval, Func<Stream> newStream)
    {
        var handed = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ConnectionManager? manager = null;
        manager = NewManager(newStream, (request, _, _) =>
        {
            if (Interlocked.Increment(ref handed) == Target + Cycles)
                done.SetResult();
            return EndAsync(manager!, request.Id, isRemoval);
        });
        await using var _ = manager;
        var meter = Meter.Start();
        await manager.StartAsync();
        await done.Task;
        return meter.Read();
    }

    /// <summary>Ends the oldest connection and awaits its replacement, one after the other.</summary>
    private static async Task<Cost> EndInSequenceAsync(bool isRemoval, Func<Stream> newStream)
    {
        var handed = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
        await using var manager = NewManager(newStream, (request, connection, _) =>
        {
            handed.Writer.TryWrite(request.Id);
            return connection.Closed;
        });
        var meter = Meter.Start();
        await manager.StartAsync();
        var open = new Queue<long>();
        while (open.Count < Target)
            open.Enqueue(await handed.Reader.ReadAsync());
        for (var i = 0; i < Cycles; i++)
        {
            await EndAsync(manager, open.Dequeue(), isRemoval);
            open.Enqueue(await handed.Reader.ReadAsync());
        }

        return meter.Read();
    }

    private static ConnectionManager NewManager(Func<Stream> newStream, Func<ConnectionRequest, Connection, CancellationToken, Task> onConnection)
    {
        var addresses = new NumberedAddresses();
        return new(new()
        {
            TargetOutbound = Target,
            Dial = (_, _) => new(newStream()),
            GetNewAddress = _ => addresses.NextAsync(),
            OnConnection = onConnection,
            MaxOutboundPerNetgroup = int.MaxValue,
            DialBurst = int.MaxValue,
            DialsPerSecond = int.MaxValue,
            RetryDuration = TimeSpan.FromMilliseconds(1),
        });
    }

    private static Task<bool> EndAsync(ConnectionManager manager, long id, bool isRemoval) =>
        isRemoval ? manager.RemoveAsync(id, CancellationToken.None) : manager.DisconnectAsync(id, cancellationToken: CancellationToken.None);
}
