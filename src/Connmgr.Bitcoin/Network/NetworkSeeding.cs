using System.Net.NetworkInformation;

namespace Connmgr.Bitcoin;

/// <summary>Runs the seeder once an address is wanted, and lets it know of changes of the system's network.</summary>
/// <param name="seeder">The seeder.</param>
/// <param name="demand">Completes when an address is wanted for the first time.</param>
/// <param name="observesNetwork">True to observe the system's network; the connection manager observes it separately.</param>
internal sealed class NetworkSeeding(AddressSeeder seeder, Task demand, bool observesNetwork)
{
    private volatile bool _isOver;

    /// <summary>True once seeding has ended. Thread-safe.</summary>
    public bool IsOver => _isOver;

    /// <summary>Runs until seeding ends or is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var observes = observesNetwork && TryObserve();
        try
        {
            await demand.WaitAsync(cancellationToken).ConfigureAwait(false);
            await seeder.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _isOver = true;
            if (observes)
                NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;
        }
    }

    private bool TryObserve()
    {
        try
        {
            NetworkChange.NetworkAddressChanged += OnNetworkAddressChanged;
            return true;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            return false; // Seeding works without these events. The connection manager has logged that the system has none.
        }
    }

    private void OnNetworkAddressChanged(object? sender, EventArgs e) => seeder.NotifyNetworkChanged();
}
