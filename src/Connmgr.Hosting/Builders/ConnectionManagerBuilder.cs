using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>
/// Says more of the connection manager that <c>AddConnectionManager</c> registers. What is said here adds to what configuration says, and
/// wins where there is but one value. Not thread-safe.
/// </summary>
public sealed class ConnectionManagerBuilder
{
    private readonly ConnectionManagerRegistration _registration;

    internal ConnectionManagerBuilder(IServiceCollection services, ConnectionManagerRegistration registration)
    {
        Services = services;
        _registration = registration;
    }

    /// <summary>The services that are registered into.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the instance, which is the key of its services; empty for the default one.</summary>
    public string Name => _registration.Name;

    /// <summary>Changes the settings, after configuration was read. Called again each time configuration changes.</summary>
    /// <param name="configure">Changes them.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder Configure(Action<ConnectionManagerSettings> configure)
    {
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>
    /// Changes the options of the manager before it is made, once: where addresses come from, how they are dialled (TCP, when nothing is
    /// said), what is done with connections.
    /// </summary>
    /// <param name="configure">Gets the services of the host and the options.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder ConfigureManager(Action<IServiceProvider, ConnectionManagerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _registration.Configure.Add(configure);
        return this;
    }

    /// <summary>Takes addresses from a source that is made with the services of the host.</summary>
    /// <typeparam name="TSource">The source. When it is not registered it is, as a singleton.</typeparam>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder UseAddressSource<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSource>()
        where TSource : class, IAddressSource
    {
        Services.TryAddSingleton<TSource>();
        return ConfigureManager(static (services, options) => options.AddressSource = services.GetRequiredService<TSource>());
    }

    /// <summary>
    /// Hands each connection, in both directions, to a handler of its own, made with the services of the connection's scope. A handler that
    /// is not registered is, as scoped.
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

    /// <summary>Keeps a peer connected, beside the target.</summary>
    /// <param name="peer">IP:PORT, [IPv6]:PORT or NAME:PORT.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public ConnectionManagerBuilder AddPermanentPeer(string peer) => AddPermanentPeer(SettingText.Parse(SettingKinds.Peer, peer));

    /// <summary>Keeps a peer connected, beside the target.</summary>
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
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public ConnectionManagerBuilder ListenOn(string endPoint) => ListenOn(SettingText.Parse(SettingKinds.Local, endPoint));

    /// <summary>Accepts inbound connections at a local address.</summary>
    /// <param name="endPoint">The address; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder ListenOn(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return Configure(settings => settings.ListenOn = [.. settings.ListenOn, endPoint]);
    }

    /// <summary>Adds a health check, as <see cref="BitcoinPeersBuilder.AddHealthCheck"/>.</summary>
    /// <param name="name">The name of the check. Null, the default: connections, with the name of the instance behind it.</param>
    /// <param name="failureStatus">What to report in place of unhealthy.</param>
    /// <param name="tags">Its tags. Null, the default: ready.</param>
    /// <returns>This builder.</returns>
    public ConnectionManagerBuilder AddHealthCheck(string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        HealthCheckSetup.Add(Services, Name, name ?? HealthCheckSetup.NameOf("connections", Name), failureStatus, tags);
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
