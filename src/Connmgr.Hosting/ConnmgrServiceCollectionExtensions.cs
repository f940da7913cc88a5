using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers Bitcoin peers and connection managers, which a host then starts and stops. Each instance has a name, the key of its services:
/// <see cref="PeerNetwork"/> and <see cref="ConnectionManager"/>. The only instance, or the one without a name, is also registered without
/// a key.
/// </summary>
public static class ConnmgrServiceCollectionExtensions
{
    /// <summary>Registers the peers of a Bitcoin chain.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings. Default: none.</param>
    /// <returns>A builder for further configuration.</returns>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, Action<BitcoinPeersSettings>? configure = null) =>
        services.AddBitcoinPeers(Options.Options.DefaultName, configure);

    /// <summary>Registers the peers of a Bitcoin chain, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The configuration. An unknown key in it is an error. Changes are applied while the host runs, as far as possible.</param>
    /// <returns>A builder for further configuration.</returns>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, IConfiguration section) =>
        services.AddBitcoinPeers(Options.Options.DefaultName, section);

    /// <summary>Registers the peers of one of several Bitcoin chains, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the instance, the key of its services. The name of a chain selects that chain, unless another is set.</param>
    /// <param name="section">The configuration. An unknown key in it is an error. Changes are applied while the host runs, as far as possible.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">The name belongs to a connection manager.</exception>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = services.AddBitcoinPeers(name);
        InstanceServices.AddSection(services, name, section, SettingKeys.OfPeers);
        return builder;
    }

    /// <summary>Registers the peers of one of several Bitcoin chains. Calling it again with the same name configures the existing registration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the instance, the key of its services. The name of a chain selects that chain, unless another is set.</param>
    /// <param name="configure">Changes the settings. Default: none.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">The name belongs to a connection manager.</exception>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, string name, Action<BitcoinPeersSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var (registration, isNew) = Instances.Get(services).GetOrAdd(name, static name => new BitcoinPeersRegistration(name));
        if (isNew)
        {
            InstanceServices.Add(
                services,
                name,
                SettingKeys.OfPeers,
                settings => SettingsRules.GetErrors(settings, registration.GetChain(settings)),
                provider => PeerNetworkFactory.Create(provider, registration),
                PeerNetworkFactory.Host);
            services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<PeerNetwork>(name).Connections);
            InstanceServices.AddWithoutKey<ConnectionManager>(services);
        }

        var builder = new BitcoinPeersBuilder(services, registration);
        return configure is null ? builder : builder.Configure(configure);
    }

    /// <summary>Registers a connection manager, which knows no Bitcoin message.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes its options before it is created. Called once. Default: none.</param>
    /// <returns>A builder for further configuration.</returns>
    public static ConnectionManagerBuilder AddConnectionManager(this IServiceCollection services, Action<IServiceProvider, ConnectionManagerOptions>? configure = null) =>
        services.AddConnectionManager(Options.Options.DefaultName, configure);

    /// <summary>Registers a connection manager, which knows no Bitcoin message, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The configuration. An unknown key in it is an error. Changes are applied while the host runs, as far as possible.</param>
    /// <returns>A builder for further configuration.</returns>
    public static ConnectionManagerBuilder AddConnectionManager(this IServiceCollection services, IConfiguration section) =>
        services.AddConnectionManager(Options.Options.DefaultName, section);

    /// <summary>Registers one of several connection managers, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the instance, the key of its services.</param>
    /// <param name="section">The configuration. An unknown key in it is an error. Changes are applied while the host runs, as far as possible.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">The name belongs to the peers of a chain.</exception>
    public static ConnectionManagerBuilder AddConnectionManager(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = services.AddConnectionManager(name);
        InstanceServices.AddSection(services, name, section, SettingKeys.OfManager);
        return builder;
    }

    /// <summary>Registers one of several connection managers. Calling it again with the same name configures the existing registration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the instance, the key of its services.</param>
    /// <param name="configure">Changes its options before it is created. Called once. Default: none.</param>
    /// <returns>A builder for further configuration.</returns>
    /// <exception cref="ArgumentException">The name belongs to the peers of a chain.</exception>
    public static ConnectionManagerBuilder AddConnectionManager(
        this IServiceCollection services, string name, Action<IServiceProvider, ConnectionManagerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var (registration, isNew) = Instances.Get(services).GetOrAdd(name, static name => new ConnectionManagerRegistration(name));
        if (isNew)
        {
            InstanceServices.Add<ConnectionManager, ConnectionManagerSettings>(
                services,
                name,
                SettingKeys.OfManager,
                SettingsRules.GetErrors,
                provider => ConnectionManagerFactory.Create(provider, registration),
                static (manager, _) => new Hosted(manager, manager.StartAsync, manager.StopAsync, DefaultPort: 0)
                {
                    SetOutbound = (settings, token) => manager.SetTargetOutboundAsync(settings.TargetOutbound, token),
                });
        }

        var builder = new ConnectionManagerBuilder(services, registration);
        return configure is null ? builder : builder.ConfigureManager(configure);
    }
}
