using System.Net;

namespace Connmgr.Interop;

/// <summary>A controller of a Tor in the <see cref="TorNetwork"/>, which runs until it is disposed of.</summary>
internal sealed class RunningController : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public RunningController(TorNetwork tor, EndPoint control, TorControllerOptions options)
    {
        options.Connect = tor.ConnectAsync;
        Tor = new TorController(control, options);
        _running = Tor.RunAsync(_stop.Token);
    }

    public TorController Tor { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
