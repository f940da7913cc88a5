using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a cancelled token. Supervisors send one request twice (coreutils' <c>timeout</c> signals its
/// child and then its process group, which contains the child), so another signal within <see cref="RepeatWindow"/> of the first, of either
/// kind, is ignored. A later one ends the process at once, as if it were not handled.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    /// <summary>The time after the first signal in which further ones count as the same request.</summary>
    public static readonly TimeSpan RepeatWindow = TimeSpan.FromSeconds(1);

    /// <summary>Shows the cursor and leaves the alternate screen, which a live view would otherwise leave behind.</summary>
    private const string RestoreTerminal = "\e[?25h\e[?1049l";

    private static TerminationSignals? s_ofProcess;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _source = new();
    private readonly TimeProvider _timeProvider;
    private readonly PosixSignalRegistration[] _registrations;
    private long? _firstAt;

    public TerminationSignals(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>
    /// Watches signals for the rest of the process. The watching never ends: the second signal of a supervisor may arrive while the process
    /// ends, and must not change its exit code.
    /// </summary>
    public static CancellationToken WatchForProcess(TimeProvider timeProvider) => (s_ofProcess = new TerminationSignals(timeProvider)).Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    /// <summary>Handles a signal. Sets <see cref="PosixSignalContext.Cancel"/> if the process goes on.</summary>
    internal void OnSignal(PosixSignalContext context)
    {
        bool isFirst, isRepeat;
        lock (_lock)
        {
            isFirst = _firstAt is null;
            _firstAt ??= _timeProvider.GetTimestamp();
            isRepeat = _timeProvider.GetElapsedTime(_firstAt.Value) <= RepeatWindow;
        }

        context.Cancel = isRepeat;
        if (isFirst)
            _source.Cancel();
        else if (!isRepeat && !Console.IsOutputRedirected)
            Console.Out.Write(RestoreTerminal);
    }
}
