namespace Connmgr.Tool.Tests;

/// <summary>Keeps what is written, and asks the run to stop once a text was.</summary>
internal sealed class WatchedWriter(string awaited, CancellationTokenSource stop) : SharedWriter
{
    public override void Write(string? value)
    {
        base.Write(value);
        if (value?.Contains(awaited, StringComparison.Ordinal) == true)
            stop.Cancel();
    }
}
