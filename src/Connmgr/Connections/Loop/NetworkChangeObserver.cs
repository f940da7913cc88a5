using System.Net.NetworkInformation;

namespace Connmgr;

/// <summary>Posts the system's reports of changed network addresses to the loop, which ends the pauses of an outage.</summary>
internal sealed class NetworkChangeObserver
{
    private readonly ManagerContext _context;

    private NetworkChangeObserver(ManagerContext context) => _context = context;

    /// <summary>
    /// Begins to observe. Not every system allows this (a sandbox without netlink sockets, for example); the manager works without it.
    /// </summary>
    /// <returns>The observer; null if the system does not report changes.</returns>
    public static NetworkChangeObserver? Begin(ManagerContext context)
    {
        var observer = new NetworkChangeObserver(context);
        try
        {
            NetworkChange.NetworkAddressChanged += observer.OnNetworkAddressChanged;
            return observer;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            Log.NetworkChangesNotObserved(context.Logger, exception);
            return null;
        }
    }

    public void End() => NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;

    private void OnNetworkAddressChanged(object? sender, EventArgs e) => _context.Post(static (inputs, _, _, now) => inputs.Rules.NetworkChanged(now), subject: null);
}
