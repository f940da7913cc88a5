using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>What a connection costs in memory that is garbage afterwards. A bound, not a wish: it was 2,000 bytes once, and nobody had noticed.</summary>
public class AllocationTests
{
    /// <summary>The bound. Without optimizations the compiler makes a class of each asynchronous method, which is allocated even when nothing waits.</summary>
#if DEBUG
    private const int MostBytes = 2500;
#else
    private const int MostBytes = 950;
#endif

    [Fact]
    public void AConnection_FromTheCallThatEndsTheOneBeforeToItsHandler_AllocatesLittle()
    {
        var work = new Queue<(Func<object, Task> Work, object State)>();
        var (number, handed, current) = (0, 0, 0L);
        var manager = new ConnectionManager(
            new()
            {
                TargetOutbound = 1,
                Dial = static (_, _) => new(Stream.Null),
                GetNewAddress = _ => new(new IPEndPoint(new IPAddress([20, (byte)(number >> 8), (byte)number++, 1]), 8333)),
                OnConnection = (request, _, _) =>
                {
                    handed++;
                    current = request.Id;
                    return Task.CompletedTask;
                },
                MaxOutboundPerNetgroup = int.MaxValue,
                DialBurst = int.MaxValue,
                DialsPerSecond = int.MaxValue,
                ObserveNetworkChanges = false,
            },
            (action, state) => work.Enqueue((action, state)),
            TaskCreationOptions.None);
        _ = manager.StartAsync(TestContext.Current.CancellationToken);

        // Each handler returns at once, which ends its connection, which is replaced.
        var allocated = Allocations.Least(() =>
        {
            for (var until = handed + 100; handed < until;)
            {
                manager.Pump();
                if (work.TryDequeue(out var piece))
                    _ = piece.Work(piece.State);
            }
        });
        Assert.True(handed > 1000 && current > 1000, $"Only {handed} connections: this shows little.");
        Assert.InRange(allocated / 100, 1, MostBytes);
    }
}
