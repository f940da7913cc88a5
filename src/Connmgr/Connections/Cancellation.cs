using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Cancels a token on the calling thread, which already belongs to the pool; CancelAsync would only switch to another one. The callbacks
/// registered on the token may be user code.
/// </summary>
internal static class Cancellation
{
    public static void Cancel(CancellationTokenSource source, ILogger logger, object subject)
    {
        try
        {
            source.Cancel();
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, "a callback registered on a cancellation token", subject.ToString()!);
        }
    }
}
