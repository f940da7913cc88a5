namespace Connmgr.Tool;

/// <summary>
/// Shows on a terminal what long work is waiting for: a line of standard error that is overwritten, and removed before anything else is
/// written. It appears once the work takes longer than a moment. It does nothing if standard error is not a terminal.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private const string StartOfLine = "\r\e[K";

    // The line is cut off at the edge of the terminal instead of wrapped: a wrapped line could not be removed.
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

    /// <summary>Starts to show progress.</summary>
    /// <param name="environment">The environment of the command.</param>
    /// <param name="text">Creates the text for the elapsed time, safe to print.</param>
    public ProgressLine(ToolEnvironment environment, Func<TimeSpan, string> text)
    {
        (_terminal, _text, _timeProvider) = (environment.ErrorTerminal, text, environment.TimeProvider);
        _startedAt = _timeProvider.GetTimestamp();
        if (_terminal is not null)
            _timer = _timeProvider.CreateTimer(static state => ((ProgressLine)state!).Show(), this, Moment, Interval);
    }

    /// <summary>Removes the line until it is shown the next time. Call this before anything else is written.</summary>
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
            _isDisposed = true; // A timer that has already fired shows nothing any more.
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
            // The terminal is gone; the work goes on.
        }
    }
}
