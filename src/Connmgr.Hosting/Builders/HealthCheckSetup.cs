using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>Registers the health check of an instance.</summary>
internal static class HealthCheckSetup
{
    private static readonly string[] DefaultTags = ["ready"];

    public static string NameOf(string kind, string instance) => instance.Length == 0 ? kind : $"{kind}-{instance}";

    public static void Add(IServiceCollection services, string instance, string name, HealthStatus? failureStatus, IEnumerable<string>? tags) =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name,
            provider => new ConnectionsHealthCheck(provider.GetRequiredKeyedService<InstanceState>(instance)),
            failureStatus,
            tags ?? DefaultTags));
}
