using System.Net.NetworkInformation;

namespace Connmgr.Bitcoin;

/// <summary>
/// Reads the state of this machine's network at the start and after each change that the system reports, with a pause in between: a host of
/// the LAN may cause any number.
/// </summary>
/// <param name="read">Reads the state; null if the system does not report it.</param>
/// <param name="observes">True to observe the system; otherwise only <see cref="Notify"/> counts.</param>
/// <param name="onRead">Receives each state, one at a time. Must be quick.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalNetworkWatcher(Func<LocalNetwork?> read, bool observes, Action<LocalNetwork> onRead, TimeProvider time)
{
    /// <summary>The pause after each reading. A change meanwhile is read after it.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changed = new(initialCount: 1, maxCount: 1); // Released when the state must be read.

    /// <summary>Makes the watcher read the state again. Thread-safe.</summary>
    public void Notify()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will be read already.
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var isObserving = observes && TryObserve();
        try
        {
            while (true)
            {
                await _changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (read() is { } local)
                    onRead(local);
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (isObserving)
            {
                NetworkChange.NetworkAddressChanged -= OnAddressChanged;
                NetworkChange.NetworkAvailabilityChanged -= OnAvailabilityChanged;
            }
        }
    }

    private bool TryObserve()
    {
        try
        {
            NetworkChange.NetworkAddressChanged += OnAddressChanged;
            NetworkChange.NetworkAvailabilityChanged += OnAvailabilityChanged; // The system reports routes by it.
            return true;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            return false; // The connection manager has logged that the system does not report changes.
        }
    }

    private void OnAddressChanged(object? sender, EventArgs e) => Notify();

    private void OnAvailabilityChanged(object? sender, NetworkAvailabilityEventArgs e) => Notify();
}
