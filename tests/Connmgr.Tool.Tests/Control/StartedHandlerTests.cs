using System.Text.Json;

namespace Connmgr.Tool.Tests;

public class StartedHandlerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_BeforeTheStart_WaitsForIt()
    {
        var (started, inner) = (new TaskCompletionSource(), new Counting());
        var handler = new StartedHandler(inner, started.Task);
        using var call = new ControlCall(Cancellation);

        var running = handler.RunAsync(default, null!, call);
        Assert.Equal(("x", 0, false), (handler.Name, inner.Calls, running.IsCompleted));
        started.SetResult();

        await running;
        Assert.Equal(1, inner.Calls);
    }

    [Fact]
    public async Task RunAsync_NobodyWaitsForTheAnswer_Ends()
    {
        var inner = new Counting();
        var handler = new StartedHandler(inner, new TaskCompletionSource().Task);
        using var call = new ControlCall(Cancellation);

        var running = handler.RunAsync(default, null!, call);
        await call.AbortAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(0, inner.Calls);
    }

    private sealed class Counting : IControlHandler
    {
        public string Name => "x";

        public int Calls { get; private set; }

        public Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call)
        {
            Calls++;
            return Task.CompletedTask;
        }
    }
}
