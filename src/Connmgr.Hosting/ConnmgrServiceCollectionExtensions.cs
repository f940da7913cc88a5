using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers Bitcoin peers and connection managers, which a host then starts and stops. Each instance has a name, the key of its services:
/// <see cref="PeerNetwork"/> and <see cref="ConnectionManager"/>. Where there is one, or one without a name, they are had without a key as
/// well.
/// </summary>
public static class ConnmgrServiceCollectionExtensions
{
    /// <summary>Registers the peers of a Bitcoin chain.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings. Default: none.</param>
    /// <returns>A builder to say more.</returns>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, Action<BitcoinPeersSettings>? configure = null) =>
        services.AddBitcoinPeers(Options.Options.DefaultName, configure);

    /// <summary>Registers the peers of a Bitcoin chain, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The configuration. What is no setting in it is an error. Changes to it are taken up, as far as they can be.</param>
    /// <returns>A builder to say more.</returns>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, IConfiguration section) =>
        services.AddBitcoinPeers(Options.Options.DefaultName, section);

    /// <summary>Registers one of several peers of Bitcoin chains, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Its name, the key of its services. A chain's name stands for that chain, unless another is said.</param>
    /// <param name="section">The configuration. What is no setting in it is an error. Changes to it are taken up, as far as they can be.</param>
    /// <returns>A builder to say more.</returns>
    /// <exception cref="ArgumentException">The name belongs to a connection manager.</exception>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = services.AddBitcoinPeers(name);
        services.AddSingleton<IConfigureOptions<BitcoinPeersSettings>>(new SectionReader<BitcoinPeersSettings>(name, section, SettingKeys.OfPeers));
        services.AddSingleton<IOptionsChangeTokenSource<BitcoinPeersSettings>>(new ConfigurationChangeTokenSource<BitcoinPeersSettings>(name, section));
        return builder;
    }

    /// <summary>Registers one of several peers of Bitcoin chains. With a name that is registered already, says more of that one.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Its name, the key of its services. A chain's name stands for that chain, unless another is said.</param>
    /// <param name="configure">Changes the settings. Default: none.</param>
    /// <returns>A builder to say more.</returns>
    /// <exception cref="ArgumentException">The name belongs to a connection manager.</exception>
    public static BitcoinPeersBuilder AddBitcoinPeers(this IServiceCollection services, string name, Action<BitcoinPeersSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var (registration, isNew) = Instances.Of(services).GetOrAdd(name, static name => new BitcoinPeersRegistration(name));
        if (isNew)
        {
            AddSettings<BitcoinPeersSettings>(services, name, settings => SettingsRules.ErrorsOf(settings, registration.ChainOf(settings)));
            services.AddKeyedSingleton(name, (provider, _) => PeerNetworkFactory.Make(provider, registration));
            services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<PeerNetwork>(name).Connections);
            services.AddSingleton<IHostedService>(provider => NewService(provider, name, SettingKeys.OfPeers, () =>
            {
                var network = provider.GetRequiredKeyedService<PeerNetwork>(name);
                return new Hosted(network.Connections, network.StartAsync, network.StopAsync, provider.GetRequiredKeyedService<InstanceState>(name).DefaultPort);
            }));
            AddWithoutKey<PeerNetwork>(services);
            AddWithoutKey<ConnectionManager>(services);
        }

        var builder = new BitcoinPeersBuilder(services, registration);
        return configure is null ? builder : builder.Configure(configure);
    }

    /// <summary>Registers a connection manager, which knows no Bitcoin message.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes its options before it is made, once. Default: none.</param>
    /// <returns>A builder to say more.</returns>
    public static ConnectionManagerBuilder AddConnectionManager(this IServiceCollection services, Action<IServiceProvider, ConnectionManagerOptions>? configure = null) =>
        services.AddConnectionManager(Options.Options.DefaultName, configure);

    /// <summary>Registers a connection manager, which knows no Bitcoin message, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The configuration. What is no setting in it is an error. Changes to it are taken up, as far as they can be.</param>
    /// <returns>A builder to say more.</returns>
    public static ConnectionManagerBuilder AddConnectionManager(this IServiceCollection services, IConfiguration section) =>
        services.AddConnectionManager(Options.Options.DefaultName, section);

    /// <summary>Registers one of several connection managers, with settings from configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Its name, the key of its services.</param>
    /// <param name="section">The configuration. What is no setting in it is an error. Changes to it are taken up, as far as they can be.</param>
    /// <returns>A builder to say more.</returns>
    /// <exception cref="ArgumentException">The name belongs to peers.</exception>
    public static ConnectionManagerBuilder AddConnectionManager(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = services.AddConnectionManager(name);
        services.AddSingleton<IConfigureOptions<ConnectionManagerSettings>>(new SectionReader<ConnectionManagerSettings>(name, section, SettingKeys.OfManager));
        services.AddSingleton<IOptionsChangeTokenSource<ConnectionManagerSettings>>(new ConfigurationChangeTokenSource<ConnectionManagerSettings>(name, section));
        return builder;
    }

    /// <summary>Registers one of several connection managers. With a name that is registered already, says more of that one.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Its name, the key of its services.</param>
    /// <param name="configure">Changes its options before it is made, once. Default: none.</param>
    /// <returns>A builder to say more.</returns>
    /// <exception cref="ArgumentException">The name belongs to peers.</exception>
    public static ConnectionManagerBuilder AddConnectionManager(
        this IServiceCollection services, string name, Action<IServiceProvider, ConnectionManagerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var (registration, isNew) = Instances.Of(services).GetOrAdd(name, static name => new ConnectionManagerRegistration(name));
        if (isNew)
        {
            AddSettings<ConnectionManagerSettings>(services, name, SettingsRules.ErrorsOf);
            services.AddKeyedSingleton(name, (provider, _) => ConnectionManagerFactory.Make(provider, registration));
            services.AddSingleton<IHostedService>(provider => NewService(provider, name, SettingKeys.OfManager, () =>
            {
                var manager = provider.GetRequiredKeyedService<ConnectionManager>(name);
                return new Hosted(manager, manager.StartAsync, manager.StopAsync, DefaultPort: 0);
            }));
            AddWithoutKey<ConnectionManager>(services);
        }

        var builder = new ConnectionManagerBuilder(services, registration);
        return configure is null ? builder : builder.ConfigureManager(configure);
    }

    private static void AddSettings<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TSettings>(
        IServiceCollection services, string name, Func<TSettings, IEnumerable<string>> errorsOf)
        where TSettings : ConnectionSettings
    {
        services.AddOptions<TSettings>(name).ValidateOnStart();
        services.AddKeyedSingleton(name, (provider, _) => new InstanceState(name, provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.AddSingleton<IValidateOptions<TSettings>>(
            provider => new SettingsValidator<TSettings>(name, provider.GetRequiredKeyedService<InstanceState>(name), errorsOf));
    }

    private static ConnectionsService<TSettings> NewService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TSettings>(
        IServiceProvider provider, string name, ImmutableArray<SettingKey<TSettings>> keys, Func<Hosted> open)
        where TSettings : ConnectionSettings =>
        new(
            provider.GetRequiredKeyedService<InstanceState>(name),
            provider.GetRequiredService<IOptionsMonitor<TSettings>>(),
            keys,
            open,
            NamedLoggerFactory.Of(provider, name).CreateLogger("Connmgr.Hosting"));

    private static void AddWithoutKey<TService>(IServiceCollection services)
        where TService : class =>
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<TService>(provider.GetRequiredService<Instances>().SoleName<TService>()));
}
