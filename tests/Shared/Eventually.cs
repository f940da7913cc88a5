using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>Waits for what another thread or program brings about: by looking, with a deadline that fails the test in words, never by sleeping and hoping.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        TrueAsync(() => Task.FromResult(condition()), text);

    public static async Task TrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        var token = TestContext.Current.CancellationToken;
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.False(TimeProvider.System.GetElapsedTime(start) > Patience, $"not true within {Patience.TotalSeconds} s: {text}");
            await Task.Delay(Pause, TimeProvider.System, token);
        }
    }
}
