using System.Diagnostics.Metrics;
using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The options of a <see cref="ConnectionManager"/>. Validated and copied when the manager is created: later changes have no effect, and
/// the manager never changes this object. Not thread-safe.
/// </summary>
public sealed class ConnectionManagerOptions : IValidatedOptions
{
    /// <summary>
    /// The dialer, which connects to an address. Required. The stream that it returns belongs to the manager, which disposes it exactly
    /// once, also when the attempt was given up meanwhile. Called concurrently; runs off the manager's loop.
    /// <see cref="TcpDialer.DialAsync"/> is one.
    /// </summary>
    /// <remarks>
    /// To report the cause of a failed attempt, throw a <see cref="ConnectFailedException"/>; any other exception counts as
    /// <see cref="ConnectFailureCause.Unknown"/>. The token is cancelled at <see cref="DialTimeout"/> and when the attempt is given up.
    /// </remarks>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; set; }

    /// <summary>
    /// The handshake to complete on each new connection, in both directions, before it counts as established and is passed to
    /// <see cref="OnConnection"/> or <see cref="OnAccept"/>. Default: none. An exception ends the attempt
    /// (<see cref="ConnectFailedException"/> reports the cause). The token is cancelled at <see cref="HandshakeTimeout"/>.
    /// </summary>
    public Func<Connection, CancellationToken, ValueTask>? Handshake { get; set; }

    /// <summary>
    /// The handler of an outbound connection, which lasts as long as the handler's task. When the task ends, the connection is closed; when
    /// the connection is closed otherwise, the token is cancelled and the handler must return. Default: none; the connection then lasts
    /// until it is closed by <see cref="Connection.Close(string)"/>, <see cref="ConnectionManager.DisconnectAsync"/> or the manager.
    /// </summary>
    public Func<ConnectionRequest, Connection, CancellationToken, Task>? OnConnection { get; set; }

    /// <summary>
    /// The callback that is called once for each outbound connection that was passed to <see cref="OnConnection"/>, after the handler's
    /// task has ended and before the next connection of the same request is passed on. Default: none.
    /// </summary>
    public Func<ConnectionRequest, Connection, Task>? OnDisconnection { get; set; }

    /// <summary>
    /// The handler of an inbound connection, with the same contract as <see cref="OnConnection"/>. Required when there are
    /// <see cref="Listeners"/>.
    /// </summary>
    public Func<Connection, CancellationToken, Task>? OnAccept { get; set; }

    /// <summary>
    /// The listeners for inbound connections. The manager owns them, and disposes them when it stops. Default: none.
    /// </summary>
    public IList<IConnectionListener> Listeners { get; set; } = [];

    /// <summary>
    /// The maximum number of simultaneous inbound connections, including unfinished handshakes. Null, the default: no limit. 0: every inbound
    /// connection is refused. Can be changed by <see cref="ConnectionManager.SetMaxInboundAsync"/>. Connections from
    /// <see cref="InboundLimits.AllowList"/> ranges have separate places.
    /// </summary>
    /// <remarks>
    /// The start lowers it, with a warning, to the file descriptors that the process has left (as in Bitcoin Core) if there are listeners of
    /// <see cref="TcpConnectionListener"/>.
    /// </remarks>
    public int? MaxInbound { get; set; }

    /// <summary>
    /// The limits of inbound connections in addition to <see cref="MaxInbound"/>: by source, by rate and in total, and the eviction of a
    /// connection when all places are taken. Can be changed by <see cref="ConnectionManager.SetInboundLimitsAsync"/>.
    /// </summary>
    public InboundLimits InboundLimits { get; set; } = new();

    /// <summary>
    /// The number of automatic outbound connections to maintain, from 0. Default 8. Has no effect without an address source. Can be changed
    /// by <see cref="ConnectionManager.SetTargetOutboundAsync"/>. Connections requested by <see cref="ConnectionManager.Connect"/> are
    /// additional. Setting this and <see cref="OutboundGroups"/> is an error.
    /// </summary>
    public int TargetOutbound { get; set; } = ConnectionManagerDefaults.TargetOutbound;

    /// <summary>
    /// The groups of automatic outbound connections, each with a number and with requirements; the first matters most. At most 32, with
    /// different names. Each connection is in one group, and moves to another of its <see cref="OutboundGroup.Profile"/> when that fills
    /// more places, or an earlier group. Requested connections are in none. Default: an empty list, which stands for one group, "default",
    /// of <see cref="TargetOutbound"/> connections without requirements. Can be changed by
    /// <see cref="ConnectionManager.SetOutboundGroupsAsync"/>.
    /// </summary>
    public IList<OutboundGroup> OutboundGroups { get; set; } = [];

    /// <summary>
    /// The maximum number of trials (<see cref="ConnectionManager.ConnectTrial"/>) at one time, attempts included, from 0. They are in
    /// addition to the target. Default 4.
    /// </summary>
    public int MaxTrials { get; set; } = ConnectionManagerDefaults.MaxTrials;

    /// <summary>
    /// The source of addresses for automatic connections. Default: none, no automatic connections. Setting this and
    /// <see cref="GetNewAddress"/> is an error.
    /// </summary>
    public IAddressSource? AddressSource { get; set; }

    /// <summary>
    /// The same as <see cref="AddressSource"/> as a delegate: returns the next address, or null if there is none. Never called
    /// concurrently. Default: none.
    /// </summary>
    public Func<CancellationToken, ValueTask<EndPoint?>>? GetNewAddress { get; set; }

    /// <summary>
    /// The policy that decides about an address: banned, discouraged, or neither. Called before an address is dialled, for each connection
    /// before anything is read from it, when its handshake is complete, and by <see cref="ConnectionManager.RecheckGateAsync"/>. It runs on
    /// the manager's loop, and in a source that calls <see cref="CandidateRequest.GetRefusal"/>: it must be fast and thread-safe, and must
    /// not block. An exception refuses. Default: none, everything passes.
    /// </summary>
    public Func<EndPoint, ConnectionDirection, GateVerdict>? Gate { get; set; }

    /// <summary>
    /// The function that names the proxy through which <see cref="Dial"/> reaches an address, null for a direct connection. The name
    /// decides which of the direct and proxied timeouts apply, and on which route an outage is counted. Each name is a route that is kept,
    /// so use only a few names. The rules of <see cref="Gate"/> apply. Default: all direct.
    /// </summary>
    public Func<EndPoint, string?>? GetProxy { get; set; }

    /// <summary>
    /// The pause before a failed request is tried again, and the time for which an address that failed or was lost
    /// quickly is not dialled. More than zero. Default 5 s.
    /// </summary>
    public TimeSpan RetryDuration { get; set; } = ConnectionManagerDefaults.RetryDuration;

    /// <summary>
    /// The maximum pause between two attempts of a permanent request. The n-th pause is n times <see cref="RetryDuration"/>, up to this
    /// maximum, shortened by a random share of up to a half. At least <see cref="RetryDuration"/> if set. Default 5 min, or
    /// <see cref="RetryDuration"/> if that is longer.
    /// </summary>
    public TimeSpan? MaxRetryDuration { get; set; }

    /// <summary>The timeout of a direct dial. More than zero. Default 5 s, as in Bitcoin Core.</summary>
    public TimeSpan DialTimeout { get; set; } = ConnectionManagerDefaults.DialTimeout;

    /// <summary>The timeout of a dial through a proxy (<see cref="GetProxy"/>). More than zero. Default 60 s.</summary>
    public TimeSpan ProxyDialTimeout { get; set; } = ConnectionManagerDefaults.ProxyDialTimeout;

    /// <summary>The timeout of <see cref="Handshake"/>, in both directions. More than zero. Default 60 s, as in Bitcoin Core.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = ConnectionManagerDefaults.HandshakeTimeout;

    /// <summary>
    /// The age of a direct attempt for an automatic slot at which another candidate is dialled at the same time; the first to succeed takes
    /// the slot. If at least three in four attempts reach four times this age, up to 8 candidates are dialled for a slot at once. More than
    /// zero. A shorter delay gives more of the slots to hosts that answer fast. Default 500 ms.
    /// </summary>
    public TimeSpan DialHedgeDelay { get; set; } = ConnectionManagerDefaults.DialHedgeDelay;

    /// <summary>The same as <see cref="DialHedgeDelay"/> for attempts through a proxy. More than zero. Default 2 s.</summary>
    public TimeSpan ProxyDialHedgeDelay { get; set; } = ConnectionManagerDefaults.ProxyDialHedgeDelay;

    /// <summary>
    /// The maximum number of automatic attempts in addition to one per vacant slot, including attempts that were given up but whose dialer
    /// has not returned yet. 0 turns hedging off. Default 256.
    /// </summary>
    public int MaxHedgedDials { get; set; } = ConnectionManagerDefaults.MaxHedgedDials;

    /// <summary>
    /// The file descriptors that the rest of the program will have open at one time, in addition to those that are open when the manager
    /// starts, from 0. Default 0. The descriptors that the process may open beyond these, beyond <see cref="MaxTrials"/> and a headroom of
    /// 20, are for the other peers: if there are too few, the manager lowers its limits of inbound connections and hedged dials when it
    /// starts (<see cref="FileDescriptorLimitTooLow"/>).
    /// </summary>
    public int ReservedFileDescriptors { get; set; }

    /// <summary>
    /// The maximum number of automatic dials in a burst, 1 or more. Null, the default: 16 for each slot of the target, at least 16; once
    /// the target has been held for 30 s, 16 for each vacant slot.
    /// </summary>
    public int? DialBurst { get; set; }

    /// <summary>
    /// The automatic dials per second in the long run, more than 0; <see cref="double.PositiveInfinity"/> for no limit. Null, the default:
    /// 2 for each slot of the target, at least 16, until the target has been held for 30 s. From then on, and while none of the last 200
    /// automatic attempts (4 for each slot, if that is more) became a connection that is open or lasted, 2, as in Bitcoin Core. A higher
    /// target starts again with the fast rate. A number that is set always applies.
    /// </summary>
    public double? DialsPerSecond { get; set; }

    /// <summary>
    /// The number of outbound connections and attempts in one netgroup (a /16 of IPv4, a /32 of IPv6) at which no further automatic ones
    /// are started in it, 1 or more. Default 1. Addresses that are not publicly routable are exempt.
    /// </summary>
    public int MaxOutboundPerNetgroup { get; set; } = ConnectionManagerDefaults.MaxOutboundPerNetgroup;

    /// <summary>
    /// The grouping of addresses for <see cref="MaxOutboundPerNetgroup"/>: by prefixes, the default, or by autonomous systems
    /// (<see cref="AsMap"/>). For IP addresses only: groups that do not indicate who operates their members
    /// (<see cref="Netgroup.IsExempt"/>) have no limit. Called on the manager's loop; the rules of <see cref="Gate"/> apply. An exception
    /// exempts.
    /// </summary>
    public INetgrouper Netgrouper { get; set; } = PrefixNetgrouper.Instance;

    /// <summary>
    /// True to allow several connections to one address, and to switch off the netgroup limit, as btcd's connmgr does. Default false.
    /// </summary>
    public bool AllowDuplicateAddresses { get; set; }

    /// <summary>
    /// True to listen for the system's reports of changed network addresses, which end the pauses of a network outage.
    /// Default true. See <see cref="ConnectionManager.NotifyNetworkChanged"/>.
    /// </summary>
    public bool ObserveNetworkChanges { get; set; } = true;

    /// <summary>The factory of the logger. Default none, which logs nothing.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// The factory of the meter for the manager's metrics (<see cref="ConnmgrTelemetry"/>): with dependency injection, that of the host.
    /// Null, the default: a meter that the process shares.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>
    /// The name that distinguishes this manager's measurements and spans from those of others in the process, as the tag connmgr.instance:
    /// those of two managers with the same name would be added up or hide each other. Not empty. Null, the default: "default".
    /// </summary>
    public string? InstanceName { get; set; }

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The random numbers (for jitter). Used by the manager's loop only. Null, the default: an instance seeded by the system. The same
    /// seed, clock and events give the same run.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>The groups, or the one that stands for the target.</summary>
    internal GroupSet Groups => OutboundGroups.Count == 0 ? GroupSet.FromTarget(TargetOutbound) : new GroupSet([.. OutboundGroups]);

    /// <summary>True when there is an address source, in either form.</summary>
    internal bool HasSource => AddressSource is not null || GetNewAddress is not null;

    /// <summary>True when there is a handshake.</summary>
    internal bool HasHandshake => Handshake is not null;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="ConnectionManager"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. CallbackErrors(),
        .. ListenerErrors(),
        .. CountErrors(),
        .. OutboundGroups is null
            ? [$"{nameof(OutboundGroups)} is null: use an empty list for one group of {nameof(TargetOutbound)} connections."]
            : GroupErrors(),
        .. InboundLimits is null
            ? [$"{nameof(InboundLimits)} is null: use new InboundLimits() for the defaults."]
            : OptionsErrors.Under(nameof(InboundLimits), InboundLimits.GetErrors(TotalTarget)),
        .. OtherErrors(),
        .. TimeErrors(),
    ];

    /// <summary>Creates the copy that a manager keeps, with one form of address source and with the defaults that depend on other options.</summary>
    /// <returns>The copy, which does not reflect later changes.</returns>
    internal ConnectionManagerOptions Normalize()
    {
        var copy = (ConnectionManagerOptions)MemberwiseClone();
        copy.Listeners = [.. Listeners];
        copy.OutboundGroups = [.. OutboundGroups];
        copy.TargetOutbound = TotalTarget;
        copy.InboundLimits = InboundLimits.Copy();
        copy.AddressSource ??= GetNewAddress is { } getNewAddress ? new DelegateAddressSource(getNewAddress) : null;
        copy.MaxRetryDuration ??= RetryDuration > ConnectionManagerDefaults.MaxRetryDuration ? RetryDuration : ConnectionManagerDefaults.MaxRetryDuration;
        return copy;
    }

    /// <summary>Creates a copy with the limits that were changed at run time.</summary>
    internal ConnectionManagerOptions With(int targetOutbound, int? maxInbound, InboundLimits inboundLimits)
    {
        var copy = (ConnectionManagerOptions)MemberwiseClone();
        (copy.TargetOutbound, copy.MaxInbound, copy.InboundLimits) = (targetOutbound, maxInbound, inboundLimits);
        return copy;
    }

    /// <summary>Gets the errors of groups.</summary>
    internal static IEnumerable<string> GetErrors(IReadOnlyCollection<OutboundGroup> groups, bool hasHandshake)
    {
        if (groups.Any(static group => group is null))
            yield return $"{nameof(OutboundGroups)} contains null: leave it out.";
        var known = groups.OfType<OutboundGroup>().ToList();
        if (known.Count > GroupSet.MaxCount)
            yield return Invariant($"{nameof(OutboundGroups)} has {known.Count} groups: use at most {GroupSet.MaxCount}.");
        foreach (var same in known.GroupBy(static group => group.Name, StringComparer.Ordinal).Where(static same => same.Skip(1).Any()))
            yield return $"{nameof(OutboundGroups)} has more than one group \"{same.Key}\": use different names.";
        if (known.Sum(static group => (long)group.Target) > int.MaxValue)
            yield return Invariant($"The targets of {nameof(OutboundGroups)} exceed {int.MaxValue} in total: use less.");
        foreach (var group in known.Where(static group => (group.Networks & AddressNetworks.All) == AddressNetworks.None))
            yield return $"{nameof(OutboundGroup.Networks)} of group \"{group.Name}\" is {group.Networks}: use one network or more.";
        if (!hasHandshake && known.Find(static group => group.Traits != UInt128.Zero) is { } demanding)
            yield return $"{nameof(Handshake)} is missing: group \"{demanding.Name}\" has {nameof(OutboundGroup.Traits)}, so set one that calls {nameof(Connection.SetTraits)}.";
    }

    /// <summary>The sum of the targets; the most that an int can be if it is more.</summary>
    private int TotalTarget => OutboundGroups is { Count: > 0 } ? (int)Math.Min(int.MaxValue, OutboundGroups.OfType<OutboundGroup>().Sum(static group => (long)group.Target)) : TargetOutbound;

    private IEnumerable<string> GroupErrors()
    {
        if (OutboundGroups.Count > 0 && TargetOutbound != ConnectionManagerDefaults.TargetOutbound)
            yield return $"{nameof(TargetOutbound)} and {nameof(OutboundGroups)} are both set: set one. The target of groups is the sum of theirs.";
        foreach (var error in GetErrors([.. OutboundGroups], HasHandshake))
            yield return error;
    }

    private IEnumerable<string> CallbackErrors()
    {
        if (Dial is null)
            yield return $"{nameof(Dial)} is missing: set it to a function that connects, such as new TcpDialer().DialAsync.";
        if (this is { AddressSource: not null, GetNewAddress: not null })
            yield return $"{nameof(AddressSource)} and {nameof(GetNewAddress)} are both set: set one.";
        if (Netgrouper is null)
            yield return $"{nameof(Netgrouper)} is null: use PrefixNetgrouper.Instance.";
    }

    private IEnumerable<string> ListenerErrors()
    {
        if (Listeners is null)
        {
            yield return $"{nameof(Listeners)} is null: use an empty list for none.";
            yield break;
        }

        if (Listeners.Any(static listener => listener is null))
            yield return $"{nameof(Listeners)} contains null: leave it out.";
        foreach (var listener in Listeners.OfType<IConnectionListener>())
        {
            if (listener.Profile is null)
                yield return "A listener's Profile is null: use ListenerProfile.Default.";
            foreach (var error in OptionsErrors.Under(nameof(ListenerProfile), listener.Profile))
                yield return error;
        }

        if (this is { Listeners.Count: > 0, OnAccept: null })
            yield return $"{nameof(OnAccept)} is missing: there are {nameof(Listeners)}, so set what is to be done with their connections.";
    }

    private IEnumerable<string> CountErrors()
    {
        if (TargetOutbound < 0)
            yield return Invariant($"{nameof(TargetOutbound)} is {TargetOutbound}: use 0 or more.");
        if (MaxInbound < 0)
            yield return Invariant($"{nameof(MaxInbound)} is {MaxInbound}: use 0 to refuse every inbound connection, null for no limit.");
        if (MaxTrials < 0)
            yield return Invariant($"{nameof(MaxTrials)} is {MaxTrials}: use 0 to refuse every trial.");
        if (MaxHedgedDials < 0)
            yield return Invariant($"{nameof(MaxHedgedDials)} is {MaxHedgedDials}: use 0 to turn hedging off.");
        if (ReservedFileDescriptors < 0)
            yield return Invariant($"{nameof(ReservedFileDescriptors)} is {ReservedFileDescriptors}: use 0 or more.");
        if (DialBurst < 1)
            yield return Invariant($"{nameof(DialBurst)} is {DialBurst}: use 1 or more, or null for the default.");
        if (DialsPerSecond is { } perSecond && !(perSecond > 0))
            yield return Invariant($"{nameof(DialsPerSecond)} is {perSecond}: use more than 0, double.PositiveInfinity for no limit, or null for the default.");
        if (MaxOutboundPerNetgroup < 1)
            yield return Invariant($"{nameof(MaxOutboundPerNetgroup)} is {MaxOutboundPerNetgroup}: use 1 or more.");
    }

    private IEnumerable<string> OtherErrors()
    {
        if (InstanceName is { Length: 0 })
            yield return $"{nameof(InstanceName)} is empty: use null for the default.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null: use TimeProvider.System.";
    }

    private IEnumerable<string> TimeErrors()
    {
        foreach (var (name, value) in Times)
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(365))
                yield return Invariant($"{name} is {value}: use more than zero, and no more than a year.");
        }

        if (MaxRetryDuration is { } max && max < RetryDuration)
            yield return $"{nameof(MaxRetryDuration)} is {max}, less than {nameof(RetryDuration)}, {RetryDuration}: use at least that, or null for the default.";
    }

    private IEnumerable<(string Name, TimeSpan? Value)> Times =>
    [
        (nameof(RetryDuration), RetryDuration), (nameof(MaxRetryDuration), MaxRetryDuration), (nameof(DialTimeout), DialTimeout),
        (nameof(ProxyDialTimeout), ProxyDialTimeout), (nameof(HandshakeTimeout), HandshakeTimeout), (nameof(DialHedgeDelay), DialHedgeDelay),
        (nameof(ProxyDialHedgeDelay), ProxyDialHedgeDelay),
    ];
}
