using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>Registers the services of one instance: those that peers of a chain and connection managers have in common.</summary>
internal static class InstanceServices
{
    private static readonly string[] DefaultHealthTags = ["ready"];

    /// <summary>Registers an instance, its settings with their validation, and the hosted service that runs it.</summary>
    /// <typeparam name="TService">The service: registered under the name, and without a key where the name is not needed.</typeparam>
    /// <typeparam name="TSettings">Its settings.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the instance.</param>
    /// <param name="keys">All settings.</param>
    /// <param name="getErrors">Finds the errors of settings, a sentence each.</param>
    /// <param name="create">Creates the service. Called once.</param>
    /// <param name="host">Tells the hosted service how to start and stop it.</param>
    public static void Add<TService, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TSettings>(
        IServiceCollection services,
        string name,
        ImmutableArray<SettingKey<TSettings>> keys,
        Func<TSettings, IEnumerable<string>> getErrors,
        Func<IServiceProvider, TService> create,
        Func<TService, InstanceState, Hosted> host)
        where TService : class
        where TSettings : ConnectionSettings
    {
        services.AddOptions<TSettings>(name).ValidateOnStart();
        services.AddKeyedSingleton(name, (provider, _) => new InstanceState(name, provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.AddSingleton<IValidateOptions<TSettings>>(
            provider => new SettingsValidator<TSettings>(name, provider.GetRequiredKeyedService<InstanceState>(name), getErrors));
        services.AddKeyedSingleton(name, (provider, _) => create(provider));
        services.AddSingleton<IHostedService>(provider =>
        {
            var state = provider.GetRequiredKeyedService<InstanceState>(name);
            return new ConnectionsService<TSettings>(
                state,
                provider.GetRequiredService<IOptionsMonitor<TSettings>>(),
                keys,
                () => host(provider.GetRequiredKeyedService<TService>(name), state),
                NamedLoggerFactory.Create(provider, name).CreateLogger("Connmgr.Hosting"));
        });
        AddWithoutKey<TService>(services);
    }

    /// <summary>Registers a service of instances without a key: that of the only instance, or of the one without a name.</summary>
    public static void AddWithoutKey<TService>(IServiceCollection services)
        where TService : class =>
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<TService>(provider.GetRequiredService<Instances>().GetSoleName<TService>()));

    /// <summary>Reads the settings of an instance from a configuration section, and again when it changes.</summary>
    public static void AddSection<TSettings>(IServiceCollection services, string name, IConfiguration section, ImmutableArray<SettingKey<TSettings>> keys)
        where TSettings : ConnectionSettings
    {
        services.AddSingleton<IConfigureOptions<TSettings>>(new SectionReader<TSettings>(name, section, keys));
        services.AddSingleton<IOptionsChangeTokenSource<TSettings>>(new ConfigurationChangeTokenSource<TSettings>(name, section));
    }

    /// <summary>Adds the health check of an instance.</summary>
    /// <param name="services">The services.</param>
    /// <param name="instance">The name of the instance.</param>
    /// <param name="name">The name of the check; null for the kind, followed by the name of the instance.</param>
    /// <param name="kind">The kind of the instance, as in names of checks.</param>
    /// <param name="failureStatus">The status to report instead of unhealthy; null for unhealthy.</param>
    /// <param name="tags">Its tags; null for ready.</param>
    public static void AddHealthCheck(IServiceCollection services, string instance, string? name, string kind, HealthStatus? failureStatus, IEnumerable<string>? tags) =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name ?? (instance.Length == 0 ? kind : $"{kind}-{instance}"),
            provider => new ConnectionsHealthCheck(provider.GetRequiredKeyedService<InstanceState>(instance)),
            failureStatus,
            tags ?? DefaultHealthTags));
}
