using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a cancelled token. The second one ends the process at once, as if nobody listened.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    /// <summary>Shows the cursor, and leaves the alternate screen: what a live view that is cut off would leave behind.</summary>
    private const string RestoreTerminal = "\e[?25h\e[?1049l";

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public TerminationSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
    ];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (!_source.IsCancellationRequested)
        {
            context.Cancel = true;
            _source.Cancel();
        }
        else if (!Console.IsOutputRedirected)
        {
            Console.Out.Write(RestoreTerminal);
        }
    }
}
