using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Fleet.Hosting;

/// <summary>The health check of the fleet of one instance. It reveals no address.</summary>
internal sealed class FleetHealthCheck(FleetMembership membership) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failure = context.Registration.FailureStatus;
        if (membership.HasStopped)
            return Task.FromResult(new HealthCheckResult(failure, "It has left the fleet."));
        if (membership.Connection is not { } fleet)
            return Task.FromResult(new HealthCheckResult(failure, "It has not started yet."));
        var state = fleet.State;
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["state"] = state.ToString(), ["claims"] = fleet.Claims.Count };
        var text = state switch
        {
            FleetState.Ready => $"The fleet {fleet.Fleet} is ready.",
            FleetState.Settling => $"The fleet {fleet.Fleet} is settling: nothing new begins for some seconds.",
            _ => $"The fleet {fleet.Fleet} is without Redis: {fleet.Failure ?? "it has not answered yet."} Connections stay, and nothing new begins.",
        };
        return Task.FromResult(new HealthCheckResult(state == FleetState.Ready ? HealthStatus.Healthy : failure, text, data: data));
    }
}
