using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a cancelled token. Supervisors deliver one wish twice (coreutils' <c>timeout</c> signals its child
/// and then its own process group, of which the child is a member), so a signal within <see cref="SameWish"/> of the first, of either kind,
/// changes nothing. A later one ends the process at once, as if nobody listened.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    /// <summary>The time after the first signal in which further ones are the same wish.</summary>
    public static readonly TimeSpan SameWish = TimeSpan.FromSeconds(1);

    /// <summary>Shows the cursor, and leaves the alternate screen: what a live view that is cut off would leave behind.</summary>
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
    /// Watches for the rest of the process. Nothing ends the watching: the second delivery of a signal may come while the process ends, and
    /// must not change its exit code.
    /// </summary>
    public static CancellationToken WatchForProcess(TimeProvider timeProvider) => (s_ofProcess = new TerminationSignals(timeProvider)).Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    /// <summary>Takes a signal. Its <see cref="PosixSignalContext.Cancel"/> says afterwards that the process goes on.</summary>
    internal void OnSignal(PosixSignalContext context)
    {
        bool isFirst, isSameWish;
        lock (_lock)
        {
            isFirst = _firstAt is null;
            _firstAt ??= _timeProvider.GetTimestamp();
            isSameWish = _timeProvider.GetElapsedTime(_firstAt.Value) <= SameWish;
        }

        context.Cancel = isSameWish;
        if (isFirst)
            _source.Cancel();
        else if (!isSameWish && !Console.IsOutputRedirected)
            Console.Out.Write(RestoreTerminal);
    }
}
