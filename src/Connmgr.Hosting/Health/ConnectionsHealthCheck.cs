using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>The health check of one instance: gathers the facts, asks the rule, adds the numbers. No address is among them.</summary>
internal sealed class ConnectionsHealthCheck(InstanceState state) : IHealthCheck
{
    private static readonly HealthFacts NotMade = new()
    {
        Wanted = 0,
        Established = 0,
        SinceStart = null,
        SinceEstablished = null,
        IsStopped = false,
        IsSuspended = false,
        Shortage = string.Empty,
    };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var snapshot = state.Connections is { } connections ? await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false) : null;
        var facts = snapshot is null ? NotMade : FactsOf(snapshot);
        var settings = state.Settings?.Health ?? new HealthSettings();
        var verdict = HealthRule.Judge(facts, settings);
        var status = verdict.Status == HealthStatus.Unhealthy ? context.Registration.FailureStatus : verdict.Status;
        return new HealthCheckResult(status, verdict.Description, data: snapshot is null ? null : DataOf(snapshot, facts, settings));
    }

    private HealthFacts FactsOf(ConnectionManagerSnapshot snapshot)
    {
        var wanted = snapshot.Connections.Where(static connected => connected.Connection.Kind is ConnectionKind.Automatic or ConnectionKind.Permanent).ToList();
        var permanent = snapshot.Requests.Count(static request => request.Kind == ConnectionKind.Permanent);
        return new HealthFacts
        {
            Wanted = permanent + snapshot.WantedAutomatic,
            Established = wanted.Count,
            SinceStart = state.SinceStart,
            // A flood of events may have washed the last one away; what it made is still there then.
            SinceEstablished = wanted.Select(static connected => (TimeSpan?)connected.Age).Append(state.SinceEstablished).Min(),
            IsStopped = snapshot.IsStopped,
            IsSuspended = snapshot.IsSuspended,
            Shortage = state.ShortageOf(snapshot)?.Explanation ?? string.Empty,
        };
    }

    private Dictionary<string, object> DataOf(ConnectionManagerSnapshot snapshot, HealthFacts facts, HealthSettings settings)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["wanted"] = facts.Wanted,
            ["established"] = facts.Established,
            ["minimum"] = HealthRule.MinOutbound(facts.Wanted, settings),
            ["automatic"] = snapshot.Count(ConnectionKind.Automatic),
            ["permanent"] = snapshot.Count(ConnectionKind.Permanent),
            ["inbound"] = snapshot.Count(ConnectionKind.Inbound),
            ["attempts"] = snapshot.Attempts.Length,
            ["inBackoff"] = snapshot.Requests.Count(static request => request.RetryIn is not null),
            ["lingering"] = snapshot.Lingering.Length,
            ["isOutage"] = snapshot.IsOutage,
            ["isSuspended"] = snapshot.IsSuspended,
            ["missingBecause"] = (state.ShortageOf(snapshot)?.Reasons ?? ShortageReasons.None).ToString(),
        };
        foreach (var network in snapshot.Connections.GroupBy(static connected => NetworkOf(connected.Connection), StringComparer.Ordinal))
            data[$"network.{network.Key}"] = network.Count();
        if (facts.SinceStart is { } sinceStart)
            data["startedSecondsAgo"] = sinceStart.TotalSeconds;
        if (facts.SinceEstablished is { } sinceEstablished)
            data["establishedSecondsAgo"] = sinceEstablished.TotalSeconds;
        return data;
    }

    private static string NetworkOf(Connection connection)
    {
        if (connection.IsOnion)
            return AddressNetwork.TorV3.ToWord();
        return NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint) ? endPoint.Address.Network.ToWord() : AddressNetworkTable.Other;
    }
}
