using System.Text;

namespace Connmgr.Tool.Tests;

/// <summary>Blocks the writer of a text until it is released, like a reader of a pipe that does not read.</summary>
internal sealed class BlockingWriter(string blocking) : StringWriter
{
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _go = new(0);

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>A task that completes once a writer is blocked.</summary>
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
