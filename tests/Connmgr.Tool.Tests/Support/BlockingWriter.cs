using System.Text;

namespace Connmgr.Tool.Tests;

/// <summary>Holds up whoever writes a text, until it is let go: a reader of a pipe that does not read.</summary>
internal sealed class BlockingWriter(string blocking) : StringWriter
{
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _go = new(0);

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Completes once a writer is held up.</summary>
    public Task Blocked => _blocked.Task;

    public void LetGo() => _go.Release();

    public override void Write(string? value)
    {
        if (value?.Contains(blocking, StringComparison.Ordinal) == true)
        {
            _blocked.TrySetResult();
            _go.Wait(CancellationToken.None);
        }

        base.Write(value);
    }

    protected override void Dispose(bool disposing)
    {
        _go.Dispose();
        base.Dispose(disposing);
    }
}
