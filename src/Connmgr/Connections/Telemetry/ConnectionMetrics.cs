using System.Diagnostics;
using System.Diagnostics.Metrics;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The metrics of one manager. The loop reports its decisions; this class makes none. Without a listener an event costs a store and a field
/// read, and allocates nothing.
/// </summary>
internal sealed class ConnectionMetrics(ConnectionInstruments instruments, ConnectionRules rules, ConnectionManagerOptions options, Func<TimeSpan> clock)
{
    private static readonly ConnectionKind[] DialledKinds = [ConnectionKind.Automatic, ConnectionKind.OneOff, ConnectionKind.Permanent, ConnectionKind.Trial];

    private readonly KeyValuePair<string, object?> _instance = TelemetryTags.GetInstance(options.InstanceName ?? TelemetryTags.DefaultInstance);
    private readonly LinkPopulation _population = new();
    private volatile GroupPopulation _groups = new(rules.Groups);
    private int _waiting;

    public string InstanceName => (string)_instance.Value!;

    /// <summary>Starts being observed, because the manager runs.</summary>
    public void Begin() => instruments.Add(this);

    public void End() => instruments.Remove(this);

    /// <summary>Counts the waiting requests, and the connections in each group, when the loop has nothing left to do.</summary>
    public void Settled()
    {
        Volatile.Write(ref _waiting, Math.Max(0, rules.Requests.Count - _population.Total));
        var groups = _groups.Groups == rules.Groups ? _groups : new GroupPopulation(rules.Groups);
        groups.Update(rules.Slots.Assignment);
        _groups = groups;
    }

    public void DialBegan(Connection connection)
    {
        connection.CountedAs = NetworkWords.Of(connection.Link);
        MoveTo(connection, LinkPhase.Dialing);
    }

    /// <summary>Measures an inbound connection that was accepted.</summary>
    public void Accepted(Connection connection)
    {
        connection.CountedAs = NetworkWords.Of(connection.Link);
        if (instruments.Accepted.IsEnabled)
            instruments.Accepted.Add(1, new TagList { _instance, NetworkTag(connection) });
    }

    public void Refused(ConnectFailureCause cause)
    {
        if (instruments.Rejected.IsEnabled)
            instruments.Rejected.Add(1, new TagList { _instance, new(TelemetryTags.Reason, TelemetryWords<ConnectFailureCause>.GetWord(cause)) });
    }

    public void HandshakeBegan(Connection connection)
    {
        if (connection.CountedPhase == LinkPhase.Dialing && instruments.DialDuration.IsEnabled)
            EndDial(connection, clock() - connection.Link.StartedAt, ConnectPhase.None, ConnectFailureCause.None);
        MoveTo(connection, LinkPhase.Handshaking);
    }

    public void Established(Connection connection, in AttemptOutcome outcome)
    {
        EndAttempt(connection, outcome);
        MoveTo(connection, LinkPhase.Established);
    }

    /// <summary>Measures a trial that is an automatic connection now.</summary>
    public void Promoted(Connection connection)
    {
        _population.Move(ConnectionKind.Trial, connection.CountedAs, connection.CountedPhase, LinkPhase.Ended);
        _population.Move(ConnectionKind.Automatic, connection.CountedAs, LinkPhase.None, connection.CountedPhase);
    }

    /// <summary>Measures an attempt that ended without a connection, inbound handshakes included.</summary>
    public void AttemptEnded(Connection connection, in AttemptOutcome outcome)
    {
        EndAttempt(connection, outcome);
        if (outcome.Cause == ConnectFailureCause.Evicted)
            Evicted(LinkPhase.Handshaking);
        MoveTo(connection, LinkPhase.Ended);
    }

    public void Closed(Connection connection, DisconnectReason reason)
    {
        if (instruments.Duration.IsEnabled)
        {
            var tags = new TagList
            {
                _instance, DirectionTag(connection), NetworkTag(connection), new(TelemetryTags.EndReason, TelemetryWords<DisconnectCause>.GetWord(reason.Cause)),
            };
            if (reason is { Cause: DisconnectCause.HandlerFailed, Exception: { } exception })
                tags.Add(ErrorTag(exception));
            instruments.Duration.Record(clock() - connection.Link.EstablishedAt, tags);
        }

        if (reason.Cause == DisconnectCause.Evicted)
            Evicted(LinkPhase.Established);
        MoveTo(connection, LinkPhase.Ended);
    }

    /// <summary>Measures a request or candidate that was not dialled.</summary>
    public void NotDialed(ConnectFailureCause cause)
    {
        if (instruments.Blocked.IsEnabled && IsLimit(cause))
            instruments.Blocked.Add(1, new TagList { _instance, new(TelemetryTags.Scope, TelemetryWords<ConnectFailureCause>.GetWord(cause)) });
    }

    public void EventDropped()
    {
        if (instruments.EventsDropped.IsEnabled)
            instruments.EventsDropped.Add(1, new TagList { _instance });
    }

    /// <summary>Measures a round trip. From any thread.</summary>
    public void RoundTrip(Connection connection, TimeSpan roundTrip)
    {
        if (instruments.RoundTrip.IsEnabled)
            instruments.RoundTrip.Record(roundTrip, new TagList { _instance, DirectionTag(connection), NetworkTag(connection) });
    }

    /// <summary>
    /// Observes the connections. A series starts with its first connection, and continues at 0. This and the next are called by collectors,
    /// on any thread.
    /// </summary>
    public IEnumerable<Measurement<int>> Connections() => Count(LinkPhase.Handshaking).Concat(Count(LinkPhase.Established));

    public IEnumerable<Measurement<int>> Target() => [new(options.AddressSource is null ? 0 : rules.TargetOutbound, _instance)];

    public IEnumerable<Measurement<int>> GroupTargets() =>
        _groups.Groups.All.Select(group => new Measurement<int>(options.AddressSource is null ? 0 : group.Target, _instance, new(TelemetryTags.Group, group.Name)));

    public IEnumerable<Measurement<int>> GroupConnections()
    {
        var groups = _groups;
        return groups.Groups.All.Select((group, index) => new Measurement<int>(groups.GetConnected(index), _instance, new(TelemetryTags.Group, group.Name)));
    }

    public IEnumerable<Measurement<int>> MaxInbound() => rules.MaxInbound is { } max ? [new(max, _instance)] : [];

    public IEnumerable<Measurement<int>> Waiting() => [new(Volatile.Read(ref _waiting), _instance)];

    public IEnumerable<Measurement<int>> Resting() => [new(rules.CountResting(clock()), _instance)];

    public IEnumerable<Measurement<int>> Dials()
    {
        foreach (var kind in DialledKinds)
        {
            for (var network = NetworkWord.IPv4; network <= NetworkWord.Other; network++)
            {
                if (_population.HasOccurred(kind, LinkPhase.Dialing, network))
                    yield return new Measurement<int>(_population.GetCount(kind, LinkPhase.Dialing, network), _instance, KindTag(kind), new(TelemetryTags.Network, NetworkWords.Text(network)));
            }
        }
    }

    public IEnumerable<Measurement<int>> Routes() => rules.Routes
        .GroupBy(static route => route.IsProxied ? "proxy" : route.Name, StringComparer.Ordinal)
        .Select(way => new Measurement<int>(way.Any(static route => route.IsProbing) ? 0 : 1, _instance, new(TelemetryTags.Route, way.Key)));

    private static bool IsLimit(ConnectFailureCause cause) => cause is ConnectFailureCause.GateRefused or ConnectFailureCause.ConnectionLimit
        or ConnectFailureCause.DuplicateAddress or ConnectFailureCause.NetgroupLimit or ConnectFailureCause.RecentlyTried or ConnectFailureCause.NetworkOutage;

    private static KeyValuePair<string, object?> NetworkTag(Connection connection) => new(TelemetryTags.Network, NetworkWords.Text(connection.CountedAs));

    private static KeyValuePair<string, object?> DirectionTag(Connection connection) =>
        new(TelemetryTags.Direction, TelemetryWords<ConnectionDirection>.GetWord(connection.Direction));

    private static KeyValuePair<string, object?> KindTag(ConnectionKind kind) => new(TelemetryTags.Kind, TelemetryWords<ConnectionKind>.GetWord(kind));

    private static KeyValuePair<string, object?> OutcomeTag(ConnectFailureCause cause) => new(TelemetryTags.Outcome, OutcomeWord.GetWord(cause));

    private static KeyValuePair<string, object?> StateTag(LinkPhase phase) => new(TelemetryTags.State, TelemetryWords<LinkPhase>.GetWord(phase));

    private static KeyValuePair<string, object?> ErrorTag(Exception exception) => new(TelemetryTags.ErrorType, exception.GetType().FullName);

    private IEnumerable<Measurement<int>> Count(LinkPhase phase)
    {
        for (var kind = ConnectionKind.Automatic; kind <= ConnectionKind.Trial; kind++)
        {
            for (var network = NetworkWord.IPv4; network <= NetworkWord.Other; network++)
            {
                if (_population.HasOccurred(kind, phase, network))
                {
                    yield return new Measurement<int>(
                        _population.GetCount(kind, phase, network),
                        _instance,
                        new(TelemetryTags.Direction, kind == ConnectionKind.Inbound ? "inbound" : "outbound"),
                        KindTag(kind),
                        new(TelemetryTags.Network, NetworkWords.Text(network)),
                        StateTag(phase));
                }
            }
        }
    }

    private void MoveTo(Connection connection, LinkPhase phase)
    {
        _population.Move(connection.Kind, connection.CountedAs, connection.CountedPhase, phase);
        connection.CountedPhase = phase;
    }

    private void EndDial(Connection connection, TimeSpan time, ConnectPhase phase, ConnectFailureCause cause) =>
        instruments.DialDuration.Record(time, OutcomeTags(connection, phase, cause));

    private void EndAttempt(Connection connection, in AttemptOutcome outcome)
    {
        if (connection.CountedPhase == LinkPhase.Dialing && instruments.DialDuration.IsEnabled)
            EndDial(connection, outcome.Duration, outcome.Phase, outcome.Cause);
        if (connection.CountedPhase == LinkPhase.Handshaking && instruments.HandshakeDuration.IsEnabled)
        {
            var tags = new TagList { _instance, DirectionTag(connection), NetworkTag(connection), OutcomeTag(outcome.Cause) };
            AddUnexpected(ref tags, outcome);
            instruments.HandshakeDuration.Record(connection.Link.StartedAt + outcome.Duration - connection.Link.HandshakeStartedAt, tags);
        }

        if (connection.Kind == ConnectionKind.Inbound || !instruments.Attempts.IsEnabled)
            return;
        var attempt = OutcomeTags(connection, outcome.Phase, outcome.Cause);
        attempt.Add(KindTag(connection.Kind));
        AddUnexpected(ref attempt, outcome);
        instruments.Attempts.Add(1, attempt);
    }

    private static void AddUnexpected(ref TagList tags, in AttemptOutcome outcome)
    {
        if (outcome is { Cause: ConnectFailureCause.Unknown, Exception: { } exception })
            tags.Add(ErrorTag(exception));
    }

    private TagList OutcomeTags(Connection connection, ConnectPhase phase, ConnectFailureCause cause) => new()
    {
        _instance, NetworkTag(connection), OutcomeTag(cause), new(TelemetryTags.Phase, TelemetryWords<ConnectPhase>.GetWord(phase)),
    };

    private void Evicted(LinkPhase phase)
    {
        if (instruments.Evictions.IsEnabled)
            instruments.Evictions.Add(1, new TagList { _instance, StateTag(phase) });
    }
}
