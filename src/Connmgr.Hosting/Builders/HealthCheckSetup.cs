using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>Registers the health check of an instance.</summary>
internal static class HealthCheckSetup
{
    private static readonly string[] DefaultTags = ["ready"];

    public static string NameOf(string kind, string instance) => instance.Length == 0 ? kind : $"{kind}-{instance}";

    public static void Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TSettings>(
        IServiceCollection services, string instance, string name, HealthStatus? failureStatus, IEnumerable<string>? tags)
        where TSettings : ConnectionSettings =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name,
            provider =>
            {
                var monitor = provider.GetRequiredService<IOptionsMonitor<TSettings>>();
                return new ConnectionsHealthCheck(provider.GetRequiredKeyedService<InstanceState>(instance), () => monitor.Get(instance).Health);
            },
            failureStatus,
            tags ?? DefaultTags));
}
