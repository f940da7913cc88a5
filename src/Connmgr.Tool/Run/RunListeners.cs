using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tool;

/// <summary>The listeners of <c>--listen</c>.</summary>
internal sealed class RunListeners : IAsyncDisposable
{
    private ImmutableArray<IConnectionListener> _listeners = [];

    private RunListeners()
    {
    }

    public ImmutableArray<IConnectionListener> All => _listeners;

    /// <summary>Listens at local addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="world">The network that the listeners belong to.</param>
    /// <param name="cancellationToken">Cancels the resolution of names.</param>
    /// <exception cref="ToolException">A name doesn't resolve, or an address can't be listened at.</exception>
    public static async Task<RunListeners> OpenAsync(ImmutableArray<ListenAddress> addresses, NetworkWorld world, CancellationToken cancellationToken)
    {
        var listeners = new RunListeners();
        try
        {
            foreach (var local in addresses)
            {
                if (local.Host.Name is { } name && world.ListenOnInterface is { } listen && InterfaceAddresses.Find(name) is not null)
                {
                    listeners._listeners = listeners._listeners.Add(listen(name, local.Host.Port!.Value, local.Profile));
                    continue;
                }

                foreach (var address in await ResolveAsync(local.Host, cancellationToken).ConfigureAwait(false))
                    listeners._listeners = listeners._listeners.Add(world.Listen(new IPEndPoint(address, local.Host.Port!.Value), local.Profile));
            }

            return listeners;
        }
        catch (Exception exception)
        {
            await listeners.DisposeAsync().ConfigureAwait(false);
            if (exception is IOException or SocketException)
                throw new ToolException(exception.Message.TrimEnd('.') + ".", exception);
            throw;
        }
    }

    /// <summary>Leaves the listeners to another owner.</summary>
    public void Detach() => _listeners = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
            await listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Gets the addresses of an interface of the sandbox, or of a local name, such as both of localhost.</summary>
    private static async Task<IEnumerable<IPAddress>> ResolveAsync(HostAndPort host, CancellationToken cancellationToken)
    {
        if (host.Address is { } address)
            return [address];
        if (InterfaceAddresses.Find(host.Name!) is not null)
            return InterfaceAddresses.Get(host.Name!, InterfaceAddresses.Find);
        try
        {
            return (await Dns.GetHostAddressesAsync(host.Name!, cancellationToken).ConfigureAwait(false)).Distinct();
        }
        catch (SocketException exception)
        {
            throw new ToolException(
                $"can't listen on {host}: the name does not resolve ({exception.Message}). Give --listen an address or an interface of this machine.", exception);
        }
    }
}
