using System.Diagnostics;

namespace Connmgr;

/// <summary>A span from its start to the end of a block. Nothing when nobody listens. A listener that throws is ignored: whatever the block gives must not be lost by it.</summary>
internal readonly struct SpanScope(Activity? span) : IDisposable
{
    public Activity? Span => span;

    public void Dispose() => Spans.Stop(span);
}
