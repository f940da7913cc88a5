using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>The health check of one instance: applies <see cref="HealthRule"/> and adds numbers as data. It reveals no address.</summary>
internal sealed class ConnectionsHealthCheck(InstanceState state) : IHealthCheck
{
    private static readonly HealthFacts NotCreated = new()
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
        var facts = snapshot is null ? NotCreated : GetFacts(snapshot);
        var settings = state.Settings?.Health ?? new HealthSettings();
        var verdict = HealthRule.Evaluate(facts, settings);
        var status = verdict.Status == HealthStatus.Unhealthy ? context.Registration.FailureStatus : verdict.Status;
        return new HealthCheckResult(status, verdict.Description, data: snapshot is null ? null : GetData(snapshot, facts, settings));
    }

    private HealthFacts GetFacts(ConnectionManagerSnapshot snapshot)
    {
        var wanted = snapshot.Connections.Where(static connected => connected.Connection.Kind is ConnectionKind.Automatic or ConnectionKind.Permanent).ToList();
        var shortage = state.GetShortage(snapshot);
        var permanent = snapshot.Requests.Count(static request => request.Kind == ConnectionKind.Permanent);
        return new HealthFacts
        {
            Wanted = permanent + snapshot.WantedAutomatic,
            Established = wanted.Count,
            SinceStart = state.SinceStart,
            // The last event may have been dropped in a flood of events; its connection still exists then.
            SinceEstablished = wanted.Select(static connected => (TimeSpan?)connected.Age).Append(state.SinceEstablished).Min(),
            IsStopped = snapshot.IsStopped,
            IsSuspended = snapshot.IsSuspended,
            Shortage = shortage?.Explanation ?? string.Empty,
            Groups = shortage?.DescribeGroups() ?? string.Empty,
            Lacks = [.. GetLacks()],
        };
    }

    private IEnumerable<string> GetLacks()
    {
        if (state.GetPortMapping() is { Mappings.IsEmpty: true, Failures.IsEmpty: false })
            yield return "no port is mapped at the gateway";
        if (state.GetTor() is { IsConnected: false, Failure: not null })
            yield return "Tor's control port is not connected";
        if (state.GetI2P() is { IsConnected: false, Failure: not null })
            yield return "the I2P router has no session";
    }

    private Dictionary<string, object> GetData(ConnectionManagerSnapshot snapshot, HealthFacts facts, HealthSettings settings)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["wanted"] = facts.Wanted,
            ["established"] = facts.Established,
            ["minimum"] = HealthRule.GetMinOutbound(facts.Wanted, settings),
            ["automatic"] = snapshot.Count(ConnectionKind.Automatic),
            ["permanent"] = snapshot.Count(ConnectionKind.Permanent),
            ["inbound"] = snapshot.Count(ConnectionKind.Inbound),
            ["attempts"] = snapshot.Attempts.Length,
            ["inBackoff"] = snapshot.Requests.Count(static request => request.RetryIn is not null),
            ["draining"] = snapshot.Draining.Length,
            ["isOutage"] = snapshot.IsOutage,
            ["isSuspended"] = snapshot.IsSuspended,
            ["missingBecause"] = (state.GetShortage(snapshot)?.Reasons ?? ShortageReasons.None).ToString(),
        };
        foreach (var network in snapshot.Connections.GroupBy(static connected => GetNetworkWord(connected.Connection), StringComparer.Ordinal))
            data[$"network.{network.Key}"] = network.Count();
        foreach (var group in snapshot.Groups)
        {
            data[$"group.{group.Name}"] = group.Connected;
            data[$"group.{group.Name}.wanted"] = group.Target;
        }

        if (state.GetPortMapping() is { } ports)
            (data["mappedPorts"], data["unmappedPorts"]) = (ports.Mappings.Length, ports.Failures.Length);
        if (state.GetExternalAddresses() is { } addresses)
            data["externalAddresses"] = addresses;
        if (state.GetClockOffset() is { } offset)
            data["clockOffsetSeconds"] = Math.Round(offset.TotalSeconds);
        if (state.GetTor() is { } tor)
            (data["torConnected"], data["onionServed"]) = (tor.IsConnected, tor.OnionService is not null);
        if (state.GetI2P() is { } i2p)
            (data["i2pConnected"], data["i2pServed"]) = (i2p.IsConnected, i2p.Address is not null);
        if (facts.SinceStart is { } sinceStart)
            data["startedSecondsAgo"] = sinceStart.TotalSeconds;
        if (facts.SinceEstablished is { } sinceEstablished)
            data["establishedSecondsAgo"] = sinceEstablished.TotalSeconds;
        return data;
    }

    private static string GetNetworkWord(Connection connection)
    {
        if (connection.IsOnion)
            return AddressNetwork.TorV3.ToWord();
        return NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint) ? endPoint.Address.Network.ToWord() : AddressNetworkTable.Other;
    }
}
