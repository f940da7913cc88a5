using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>Cancels on the calling thread, which is one of the pool already: CancelAsync would only hop to another. The callbacks registered on the token may be user code.</summary>
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
