using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>
/// Configures the connection manager that <c>AddConnectionManager</c> registers. Lists are added to those of configuration; a single value
/// takes precedence over configuration. Not thread-safe.
/// </summary>
public sealed class ConnectionManagerBuilder
{
    private readonly ConnectionManagerRegistration _registration;

    internal ConnectionManagerBuilder(IServiceCollection services, ConnectionManagerRegistration registration)
    {
        Services = services;
        _registration = registration;
    }

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the instance, which is the key of its services; empty for the default one.</summary>
    public string Name => _registration.Name;

    /// <summary>Changes the settings after configuration is read. The action runs again each time configuration changes.</summary>
    /// <param name="configure">Changes the settings.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder Configure(Action<ConnectionManagerSettings> configure)
    {
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>
    /// Changes the options of the manager before it is created, once: the source of addresses, the dialler (TCP by default), the handling of
    /// connections.
    /// </summary>
    /// <param name="configure">Changes the options; it receives the services of the host too.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder ConfigureManager(Action<IServiceProvider, ConnectionManagerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _registration.Configure.Add(configure);
        return this;
    }

    /// <summary>Takes addresses from a source that is created with the services of the host.</summary>
    /// <typeparam name="TSource">The source. It is registered as a singleton, unless it is registered already.</typeparam>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder UseAddressSource<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSource>()
        where TSource : class, IAddressSource
    {
        Services.TryAddSingleton<TSource>();
        return ConfigureManager(static (services, options) => options.AddressSource = services.GetRequiredService<TSource>());
    }

    /// <summary>
    /// Creates a handler for each connection, in both directions, from the service scope of the connection. The type is registered as scoped,
    /// unless it is registered already.
    /// </summary>
    /// <typeparam name="THandler">The handler.</typeparam>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder UseHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IConnectionHandler
    {
        Services.TryAddScoped<THandler>();
        return ConfigureManager(static (services, options) =>
        {
            var scopes = services.GetRequiredService<IServiceScopeFactory>();
            options.OnConnection = (_, connection, token) => HandleAsync<THandler>(scopes, connection, token);
            options.OnAccept = (connection, token) => HandleAsync<THandler>(scopes, connection, token);
        });
    }

    /// <summary>Keeps a peer connected, in addition to the target.</summary>
    /// <param name="peer">IP:PORT, [IPv6]:PORT or NAME:PORT.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public ConnectionManagerBuilder AddPermanentPeer(string peer) => AddPermanentPeer(SettingKinds.Peer.Parse(peer));

    /// <summary>Keeps a peer connected, in addition to the target.</summary>
    /// <param name="peer">Its address.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder AddPermanentPeer(EndPoint peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return Configure(settings => settings.PermanentPeers = [.. settings.PermanentPeers, peer]);
    }

    /// <summary>Accepts inbound connections at a local address.</summary>
    /// <param name="endPoint">IP:PORT or [IPv6]:PORT; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public ConnectionManagerBuilder ListenOn(string endPoint) => ListenOn(SettingKinds.Local.Parse(endPoint));

    /// <summary>Accepts inbound connections at a local address.</summary>
    /// <param name="endPoint">The address; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder ListenOn(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return Configure(settings => settings.ListenOn = [.. settings.ListenOn, endPoint]);
    }

    /// <summary>Adds a health check, as <see cref="BitcoinPeersBuilder.AddHealthCheck"/>.</summary>
    /// <param name="name">The name of the check. Null, the default: connections, followed by the name of the instance.</param>
    /// <param name="failureStatus">The status to report instead of unhealthy. Null, the default: unhealthy.</param>
    /// <param name="tags">Its tags. Null, the default: ready.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder AddHealthCheck(string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        InstanceServices.AddHealthCheck(Services, Name, name, "connections", failureStatus, tags);
        return this;
    }

    private static async Task HandleAsync<THandler>(IServiceScopeFactory scopes, Connection connection, CancellationToken cancellationToken)
        where THandler : class, IConnectionHandler
    {
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
            await scope.ServiceProvider.GetRequiredService<THandler>().HandleAsync(connection, cancellationToken).ConfigureAwait(false);
    }
}
