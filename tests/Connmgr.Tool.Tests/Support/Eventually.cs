namespace Connmgr.Tool.Tests;

/// <summary>Polls for what another program, or another thread, brings about, with a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!await condition())
            await Task.Delay(Pause, TimeProvider.System, deadline.Token);
    }
}
