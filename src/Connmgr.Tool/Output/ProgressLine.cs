namespace Connmgr.Tool;

/// <summary>
/// What long work is waiting for, on a terminal: a line of standard error that is written over, and taken away before anything else is
/// written. Appears once the work takes longer than a moment. Does nothing where standard error is no terminal.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private const string StartOfLine = "\r\e[K";

    // The line is cut off at the edge of the terminal instead of wrapped: it could not be taken away otherwise.
    private const string NoWrap = "\e[?7l";
    private const string Wrap = "\e[?7h";

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly TextWriter? _terminal;
    private readonly Func<TimeSpan, string> _text;
    private readonly TimeProvider _timeProvider;
    private readonly long _startedAt;
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private bool _isShown;
    private bool _isDisposed;

    /// <summary>Begins.</summary>
    /// <param name="environment">The world around it.</param>
    /// <param name="text">What to show after a time since now, safe to print.</param>
    public ProgressLine(ToolEnvironment environment, Func<TimeSpan, string> text)
    {
        (_terminal, _text, _timeProvider) = (environment.ErrorTerminal, text, environment.TimeProvider);
        _startedAt = _timeProvider.GetTimestamp();
        if (_terminal is not null)
            _timer = _timeProvider.CreateTimer(static state => ((ProgressLine)state!).Show(), this, Moment, Interval);
    }

    /// <summary>Takes the line away, until it is shown the next time: call it before something else is written.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (!_isShown)
                return;
            _isShown = false;
            Write(StartOfLine);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
            _isDisposed = true; // A timer that has gone off already shows nothing any more.
        Clear();
    }

    private void Show()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isShown = true;
            Write($"{StartOfLine}{NoWrap}{_text(_timeProvider.GetElapsedTime(_startedAt))}{Wrap}");
        }
    }

    private void Write(string text)
    {
        try
        {
            _terminal!.Write(text);
            _terminal.Flush();
        }
        catch (IOException)
        {
            // The terminal is gone; the work may go on.
        }
    }
}
