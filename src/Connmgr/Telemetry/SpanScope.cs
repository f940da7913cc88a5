using System.Diagnostics;

namespace Connmgr;

/// <summary>A span from its start to the end of a block; none without a listener. A listener that throws is ignored, so that the result of the block is not lost.</summary>
internal readonly struct SpanScope(Activity? span) : IDisposable
{
    public Activity? Span => span;

    public void Dispose() => Spans.Stop(span);
}
