using Connmgr.Fleet;
using Connmgr.Fleet.Hosting;
using Connmgr.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Lets the peers of a host join a fleet of several processes on Redis. <see cref="FleetConnection"/> is then a service, with the name of the
/// instance as its key; that of the only instance, or the one without a name, has none too.
/// </summary>
public static class ConnmgrFleetBuilderExtensions
{
    private static readonly string[] DefaultHealthTags = ["ready"];

    /// <summary>
    /// Lets the peers join a fleet, with settings from configuration. The host starts without Redis, too: nothing is dialled until it answers.
    /// </summary>
    /// <param name="builder">The builder of the peers.</param>
    /// <param name="section">The configuration of a <see cref="FleetSettings"/>. An unknown key in it is an error, which prevents the host's start like all others.</param>
    /// <returns>The builder.</returns>
    public static BitcoinPeersBuilder UseFleet(this BitcoinPeersBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        builder.UseFleet();
        builder.Services.AddSingleton<IConfigureOptions<FleetSettings>>(new FleetSettingsSource(builder.Name, section));
        return builder;
    }

    /// <summary>
    /// Lets the peers join a fleet. The host starts without Redis, too: nothing is dialled until it answers. Another call adds to the settings.
    /// </summary>
    /// <param name="builder">The builder of the peers.</param>
    /// <param name="configure">Changes the settings. Default: none.</param>
    /// <returns>The builder.</returns>
    public static BitcoinPeersBuilder UseFleet(this BitcoinPeersBuilder builder, Action<FleetSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var (services, name, registration) = (builder.Services, builder.Name, builder.Registration);
        if (!services.Any(service => service.IsKeyedService && service.ServiceType == typeof(FleetMembership) && Equals(service.ServiceKey, name)))
        {
            services.AddOptions<FleetSettings>(name).ValidateOnStart();
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FleetSettings>, FleetSettingsValidator>());
            services.AddKeyedSingleton(name, (provider, _) => new FleetMembership(provider, registration));
            services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<FleetMembership>(name).Connect());
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<FleetMembership>(name));
            InstanceServices.AddWithoutKey<FleetConnection>(services);
            registration.ConfigureLast.Add((provider, options) => provider.GetRequiredKeyedService<FleetMembership>(name).Configure(options));
        }

        if (configure is not null)
            services.Configure(name, configure);
        return builder;
    }

    /// <summary>
    /// Adds a health check: healthy while the fleet is ready, degraded while Redis does not answer or accepts renewals only, for connections stay
    /// then. Its data are the state and the number of claims; it reveals no address. Call <see cref="UseFleet(BitcoinPeersBuilder, IConfiguration)"/> too.
    /// </summary>
    /// <param name="builder">The builder of the peers.</param>
    /// <param name="name">The name of the check. Null, the default: fleet, followed by the name of the instance.</param>
    /// <param name="failureStatus">The status to report instead of degraded. Null, the default: degraded.</param>
    /// <param name="tags">Its tags. Null, the default: ready.</param>
    /// <returns>The builder.</returns>
    public static BitcoinPeersBuilder AddFleetHealthCheck(
        this BitcoinPeersBuilder builder, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var instance = builder.Name;
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name ?? (instance.Length == 0 ? "fleet" : $"fleet-{instance}"),
            provider => new FleetHealthCheck(provider.GetRequiredKeyedService<FleetMembership>(instance)),
            failureStatus ?? HealthStatus.Degraded,
            tags ?? DefaultHealthTags));
        return builder;
    }
}
