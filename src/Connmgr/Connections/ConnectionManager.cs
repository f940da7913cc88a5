using System.Collections.Immutable;
using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr;

/// <summary>
/// Keeps a program connected to a peer-to-peer network: maintains a number of outbound connections to addresses of a source, keeps
/// permanent peers connected, and accepts and limits inbound connections. Modelled on btcd's connmgr.
/// <para>
/// Each connection is passed to a handler, and lasts as long as the handler's task. After every event the manager compares the wanted state
/// with the current one, so that slots are refilled whatever ended a connection.
/// </para>
/// <para>Thread safety: every member may be called from any thread. One loop makes all decisions. User code does not run on it, except code
/// that must be quick anyway: <see cref="ConnectionManagerOptions.Gate"/>, <see cref="ConnectionManagerOptions.GetProxy"/>, the logger, and the
/// members of endpoints and streams that give or compare addresses.</para>
/// </summary>
/// <example>
/// <code>
/// await using var manager = new ConnectionManager(new() { Dial = new TcpDialer().DialAsync, GetNewAddress = NextAddressAsync, OnConnection = HandleAsync });
/// await manager.StartAsync();
/// </code>
/// </example>
public sealed class ConnectionManager : IAsyncDisposable
{
    private readonly IdSequence _ids = new();
    private readonly GuardedCallbacks _callbacks;
    private readonly ConnectionRules _rules;
    private readonly ManagerContext _context;
    private readonly ManagerLoop _loop;

    /// <summary>True once a caller gave up waiting for a stop. Set by the callers, on any thread.</summary>
    private volatile bool _isStopCutShort;

    /// <summary>Creates a manager. It accepts requests at once, but does nothing until <see cref="StartAsync"/>.</summary>
    /// <param name="options">The options; checked and copied.</param>
    /// <exception cref="ArgumentException">
    /// Options are missing or contradict each other; the message contains each error. The listeners then still belong to the caller.
    /// </exception>
    public ConnectionManager(ConnectionManagerOptions options)
        : this(options, schedule: null, TaskCreationOptions.RunContinuationsAsynchronously)
    {
    }

    /// <summary>Creates a manager whose loop and work a test can run manually.</summary>
    /// <param name="options">The options.</param>
    /// <param name="schedule">
    /// Null for the thread pool. Otherwise a test runs what is scheduled, and calls <see cref="Pump"/>: the manager then has no thread that
    /// runs its loop.
    /// </param>
    /// <param name="taskOptions">The options of the tasks that the manager returns.</param>
    internal ConnectionManager(ConnectionManagerOptions options, WorkScheduler? schedule, TaskCreationOptions taskOptions)
    {
        OptionsErrors.ThrowIfAny(options);
        options = options.Normalize();
        var logger = options.LoggerFactory is { } factory
            ? new GuardedLogger(factory.CreateLogger("Connmgr.ConnectionManager"), options.TimeProvider)
            : (ILogger)NullLogger.Instance;
        _callbacks = new GuardedCallbacks(options, logger);
        _rules = new ConnectionRules(RulesOptionsFactory.Create(options, _callbacks), _ids);
        var mailbox = new Mailbox(() => _loop!.TryPump(), isPumpedByHand: schedule is not null);
        _context = new ManagerContext(options, logger, _rules, mailbox, schedule ?? new PoolWork(mailbox).Schedule, taskOptions);
        _loop = new ManagerLoop(_context, _rules, mailbox);
        if (options.ObserveNetworkChanges)
            _loop.Inputs.ObserveNetworkChanges(); // Last: the system's messages need the whole manager.
    }

    /// <summary>
    /// A task that completes when the manager has stopped and everything has ended: every handler and callback has returned, every stream
    /// and listener is disposed.
    /// </summary>
    public Task Completion => _loop.Completion;

    /// <summary>The groups of automatic connections, as they were last set; one, "default", for a manager without named groups.</summary>
    public ImmutableArray<OutboundGroup> OutboundGroups => _rules.Groups.All;

    /// <summary>The number of automatic connections to maintain, in all groups.</summary>
    public int TargetOutbound => _rules.Groups.Target;

    /// <summary>Starts to connect and to accept. Further calls have no effect.</summary>
    /// <param name="cancellationToken">Cancels the wait, not the start.</param>
    /// <returns>A task that completes when the loop has started both.</returns>
    /// <exception cref="InvalidOperationException">The manager was stopped: it can't be started again.</exception>
    /// <exception cref="FileDescriptorLimitException">
    /// The process may open too few files for the outbound connections. A later call tries again. If only the inbound connections and
    /// hedged dials need more files, the manager lowers their limits and publishes a <see cref="FileDescriptorLimitTooLow"/>.
    /// </exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (await _context.CallAsync(0, static (inputs, _, now) => inputs.OnStart(now), ManagerInputs.NewStoppedException(), cancellationToken).ConfigureAwait(false) is { } fault)
            throw fault;
    }

    /// <summary>
    /// Stops: ends every connection and attempt, and waits until every handler and callback has returned and every stream and listener is
    /// disposed. Further calls wait as well.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait, not the stop.</param>
    /// <returns>The same as <see cref="Completion"/>.</returns>
    /// <exception cref="InvalidOperationException">
    /// Called in a handler or callback of the manager (or in a task started there), for which it would wait. Use <see cref="RequestStop"/>
    /// there.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled first; the message names the work that is still running. From then on <see cref="DisposeAsync"/> does not
    /// wait for it either.
    /// </exception>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_context.IsInside)
        {
            throw new InvalidOperationException(
                "StopAsync waits for the handlers and callbacks, so it can't be awaited inside one. Call RequestStop() here, and await StopAsync or Completion elsewhere.");
        }

        RequestStop();
        try
        {
            await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            _isStopCutShort = true;
            var left = await _context.CallAsync(0, static (inputs, _, _) => inputs.DescribeRunning(), whenStopped: string.Empty, CancellationToken.None).ConfigureAwait(false);
            throw new OperationCanceledException($"The connection manager has not stopped completely. Still running: {left}.", exception, cancellationToken);
        }
    }

    /// <summary>Requests a stop, without waiting for it. May be called anywhere, also in handlers.</summary>
    public void RequestStop() => _context.Post(static (inputs, _, _, now) => inputs.OnStop(now), subject: null);

    /// <summary>
    /// Stops and waits, as <see cref="StopAsync"/>. After a <see cref="StopAsync"/> that was cancelled it does not wait: otherwise the
    /// caller with the deadline would hang at the end of the same block because of a handler that ignores its token.
    /// </summary>
    /// <returns>A task that completes when everything has ended, or at once.</returns>
    public ValueTask DisposeAsync() => _isStopCutShort ? ValueTask.CompletedTask : new(StopAsync());

    /// <summary>
    /// Requests a connection to an address, in addition to the automatic ones. If called before <see cref="StartAsync"/>, the address is
    /// dialled at the start.
    /// </summary>
    /// <param name="endPoint">
    /// The address. An IP address is copied; a host name is resolved at each attempt, so one that does not resolve is only a failed
    /// attempt.
    /// </param>
    /// <param name="permanent">
    /// True to try again with increasing pauses until the request is removed, also after a connection. False to try once.
    /// </param>
    /// <param name="tag">
    /// An object of the caller by which the handshake and the handler recognize the connection: <see cref="ConnectionRequest.Tag"/>.
    /// </param>
    /// <returns>
    /// The request; its id is known at once. A one-off request for an address in use, and a second permanent one, end at once with
    /// <see cref="ConnectFailureCause.DuplicateAddress"/>; a permanent request takes the address over from an automatic or one-off one.
    /// After the manager has stopped, the request ends at once with <see cref="ConnectFailureCause.Stopped"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The name is an .onion name that is not an address: of version 2, or with a wrong checksum.</exception>
    public ConnectionRequest Connect(EndPoint endPoint, bool permanent = false, object? tag = null)
    {
        CheckAddress(endPoint);
        var kind = permanent ? ConnectionKind.Permanent : ConnectionKind.OneOff;
        var request = new Request(_ids.Next(), kind, EndPointKey.Plain(endPoint)) { Tag = tag };
        return Post(request, static (inputs, request, _, now) => inputs.Rules.Connect((Request)request!, now));
    }

    /// <summary>
    /// Requests a one-off connection, in addition to the automatic ones, to an address from the source.
    /// </summary>
    /// <returns>The request. It ends with <see cref="ConnectFailureCause.NoAddress"/> if the source has none or there is no source.</returns>
    public ConnectionRequest NewConnectionRequest()
    {
        var request = new Request(_ids.Next(), ConnectionKind.OneOff, endPoint: null);
        return Post(request, static (inputs, request, _, now) => inputs.Rules.ConnectFromSource((Request)request!, now));
    }

    /// <summary>
    /// Requests a trial: a connection in addition to the target that is tried out, and then promoted (<see cref="PromoteAsync"/>) or ended.
    /// It is not retried, evicts no other connection, and counts in its netgroup like an automatic one.
    /// </summary>
    /// <param name="endPoint">The address, as in <see cref="Connect"/>.</param>
    /// <param name="profile">The profile of the groups that it may join (<see cref="OutboundGroup.Profile"/>).</param>
    /// <param name="tag">An object of the caller: <see cref="ConnectionRequest.Tag"/>.</param>
    /// <returns>
    /// The request. It ends at once with <see cref="ConnectFailureCause.ConnectionLimit"/> if there are
    /// <see cref="ConnectionManagerOptions.MaxTrials"/>, and with the causes of <see cref="GetRefusal"/> for an automatic connection.
    /// </returns>
    /// <exception cref="ArgumentException">The name is an .onion name that is not an address: of version 2, or with a wrong checksum.</exception>
    public ConnectionRequest ConnectTrial(EndPoint endPoint, string profile = "", object? tag = null)
    {
        CheckAddress(endPoint);
        ArgumentNullException.ThrowIfNull(profile);
        var request = new Request(_ids.Next(), ConnectionKind.Trial, EndPointKey.Plain(endPoint)) { Tag = tag, Profile = profile };
        return Post(request, static (inputs, request, _, now) => inputs.Rules.Connect((Request)request!, now));
    }

    /// <summary>
    /// Makes a trial an automatic connection of a group, and ends the connection that it replaces with
    /// <see cref="DisconnectCause.Replaced"/>: one decision, so no group ever has too many or too few. Published as
    /// <see cref="ConnectionMoved"/>.
    /// </summary>
    /// <param name="trialId">The id of an established trial.</param>
    /// <param name="replacedId">The id of an established automatic connection; null to take a vacant place.</param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>
    /// False when it is not possible, because one of them has ended or no place of the trial's profile is left for its traits. Nothing has
    /// changed then. The task completes once the decision is made, as with <see cref="DisconnectAsync"/>.
    /// </returns>
    public Task<bool> PromoteAsync(long trialId, long? replacedId = null, CancellationToken cancellationToken = default) => _context.CallAsync(
        (Trial: trialId, Replaced: replacedId), static (inputs, ids, now) => inputs.Rules.Promote(ids.Trial, ids.Replaced, now), whenStopped: false, cancellationToken);

    /// <summary>
    /// Ends the connection or attempt of a request, or an inbound connection. A permanent request is tried again after a pause, an
    /// automatic one is replaced by another.
    /// </summary>
    /// <param name="id">The id of a request or an inbound connection.</param>
    /// <param name="triggerReconnect">
    /// True to dial the same address again at once, one time; an automatic request keeps its slot meanwhile. Has no effect a second time in
    /// a row for a connection shorter than <see cref="ConnectionManagerOptions.RetryDuration"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>
    /// True if the id was known. The task completes once the decision is made, which is before the handler returns. From then on no dial,
    /// handshake or handler of the ended connection begins.
    /// </returns>
    public Task<bool> DisconnectAsync(long id, bool triggerReconnect = false, CancellationToken cancellationToken = default) => _context.CallAsync(
        id,
        triggerReconnect
            ? static (inputs, id, now) => inputs.Rules.Disconnect(id, triggerReconnect: true, now)
            : static (inputs, id, now) => inputs.Rules.Disconnect(id, triggerReconnect: false, now),
        whenStopped: false,
        cancellationToken);

    /// <summary>Ends a request for good, with its connection or attempt, or an inbound connection. An automatic one is replaced by another.</summary>
    /// <param name="id">The id of a request or an inbound connection.</param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>True if the id was known. The task completes once the decision is made, as with <see cref="DisconnectAsync"/>.</returns>
    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken = default) =>
        _context.CallAsync(id, static (inputs, id, now) => inputs.Rules.Remove(id, now), whenStopped: false, cancellationToken);

    /// <summary>
    /// Ends the connections and attempts, in both directions, at the addresses that match, as <see cref="DisconnectAsync"/> ends one:
    /// permanent requests are tried again after a pause.
    /// </summary>
    /// <param name="matches">
    /// A function that returns true for the addresses to disconnect, remote or as dialled. Called on the manager's loop: it must be fast
    /// and must not block. An exception counts as false.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>
    /// The number of connections and attempts that were ended. The task completes once the decision is made, as with
    /// <see cref="DisconnectAsync"/>.
    /// </returns>
    public Task<int> DisconnectWhereAsync(Func<EndPoint, bool> matches, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return _context.CallAsync(
            _callbacks.Guard(matches),
            static (inputs, matches, now) => inputs.Rules.DisconnectWhere(matches, now),
            whenStopped: 0,
            cancellationToken);
    }

    /// <summary>
    /// Calls <see cref="ConnectionManagerOptions.Gate"/> again for every connection and attempt, after its answers have changed (because a
    /// ban was added, for example), and ends those that it refuses. Those with <see cref="ConnectionPermissions.NoBan"/> stay.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>
    /// The number of connections and attempts that were ended. The task completes once the decision is made, as with
    /// <see cref="DisconnectAsync"/>.
    /// </returns>
    public Task<int> RecheckGateAsync(CancellationToken cancellationToken = default) =>
        _context.CallAsync(0, static (inputs, _, now) => inputs.Rules.RecheckGate(now), whenStopped: 0, cancellationToken);

    /// <summary>Changes the number of automatic connections. Lowering it closes the youngest connections above the limit.</summary>
    /// <param name="targetOutbound">The number, from 0.</param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>A task that completes once the decision is made.</returns>
    /// <exception cref="InvalidOperationException">The manager has <see cref="ConnectionManagerOptions.OutboundGroups"/>.</exception>
    public async Task SetTargetOutboundAsync(int targetOutbound, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targetOutbound);
        if (await _context.CallAsync(
            targetOutbound, static (inputs, target, now) => inputs.OnTargetOutbound(target, now), whenStopped: null, cancellationToken).ConfigureAwait(false) is { } error)
            throw error;
    }

    /// <summary>
    /// Changes the groups of automatic connections. A connection stays in the group with the same name if it still may be in it, or moves
    /// to another one of its profile. Of the connections in a group that has too many now, or that they cannot stay in, the youngest that
    /// fit nowhere else are closed.
    /// </summary>
    /// <param name="groups">The groups, at least one, as in <see cref="ConnectionManagerOptions.OutboundGroups"/>.</param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>A task that completes once the decision is made.</returns>
    /// <exception cref="ArgumentException">The groups are not valid; the message contains each error.</exception>
    public Task SetOutboundGroupsAsync(IEnumerable<OutboundGroup> groups, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ImmutableArray<OutboundGroup> taken = [.. groups];
        string[] errors = taken.IsEmpty ? ["There is no group: use one with a target of 0 for no connections."]
            : [.. ConnectionManagerOptions.GetErrors(taken, _context.Options.HasHandshake)];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(' ', errors), nameof(groups));
        return _context.CallAsync(
            new GroupSet(taken),
            static (inputs, groups, now) =>
            {
                inputs.OnGroups(groups, now);
                return true;
            },
            whenStopped: false,
            cancellationToken);
    }

    /// <summary>Changes <see cref="ConnectionManagerOptions.MaxInbound"/>. Lowering it closes the youngest connections above the limit.</summary>
    /// <param name="maxInbound">The number, from 0; null for no limit.</param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>A task that completes once the decision is made.</returns>
    public Task SetMaxInboundAsync(int? maxInbound, CancellationToken cancellationToken = default)
    {
        if (maxInbound is { } max)
            ArgumentOutOfRangeException.ThrowIfNegative(max, nameof(maxInbound));
        return _context.CallAsync(
            maxInbound,
            static (inputs, maxInbound, now) =>
            {
                inputs.OnMaxInbound(maxInbound, now);
                return true;
            },
            whenStopped: false,
            cancellationToken);
    }

    /// <summary>
    /// Changes <see cref="ConnectionManagerOptions.InboundLimits"/>. They apply to new connections; existing ones stay, except that a lower
    /// <see cref="InboundLimits.MaxConnections"/> closes the youngest inbound ones above it.
    /// </summary>
    /// <param name="limits">The limits; checked and copied.</param>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>A task that completes once the decision is made.</returns>
    /// <exception cref="ArgumentException">The limits are not valid; the message contains each error.</exception>
    public Task SetInboundLimitsAsync(InboundLimits limits, CancellationToken cancellationToken = default)
    {
        OptionsErrors.ThrowIfAny(limits);
        return _context.CallAsync(
            limits.Copy(),
            static (inputs, limits, now) =>
            {
                inputs.OnInboundLimits(limits, now);
                return true;
            },
            whenStopped: false,
            cancellationToken);
    }

    /// <summary>
    /// Switches the network off: closes every connection, and dials and accepts nothing. Permanent requests, and requests made meanwhile,
    /// are kept for <see cref="ResumeAsync"/>; one-off requests in progress end. Has no effect if it is off.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>A task that completes once the decision is made.</returns>
    public Task SuspendAsync(CancellationToken cancellationToken = default) => _context.CallAsync(
        0,
        static (inputs, _, now) =>
        {
            inputs.OnSuspend(now);
            return true;
        },
        whenStopped: false,
        cancellationToken);

    /// <summary>Switches the network on again. Has no effect if it is on.</summary>
    /// <param name="cancellationToken">Cancels the wait for the decision, not the call.</param>
    /// <returns>A task that completes once the decision is made.</returns>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => _context.CallAsync(
        0,
        static (inputs, _, now) =>
        {
            inputs.OnResume(now);
            return true;
        },
        whenStopped: false,
        cancellationToken);

    /// <summary>
    /// Gets the cause for which a connection to an address would be refused now, as <see cref="CandidateRequest.GetRefusal"/> does for a
    /// source.
    /// </summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="kind">
    /// <see cref="ConnectionKind.Automatic"/>, <see cref="ConnectionKind.OneOff"/> or <see cref="ConnectionKind.Trial"/>.
    /// </param>
    /// <returns>A hint, which may be out of date when the address is dialled. <see cref="ConnectFailureCause.None"/> if nothing forbids it.</returns>
    public ConnectFailureCause GetRefusal(EndPoint endPoint, ConnectionKind kind = ConnectionKind.Automatic) =>
        _rules.Candidates.GetRefusal(endPoint, kind, _context.Now);

    /// <summary>
    /// Notifies the manager that the source has addresses again, so that the manager asks it without waiting for
    /// <see cref="ConnectionManagerOptions.RetryDuration"/>.
    /// </summary>
    public void NotifyAddressesAvailable() => _context.Post(static (inputs, _, _, now) => inputs.Rules.AddressesAvailable(now), subject: null);

    /// <summary>
    /// Notifies the manager that the system's network has changed, which ends the pauses of an outage. The manager notices most changes
    /// itself.
    /// </summary>
    public void NotifyNetworkChanged() => _context.Post(static (inputs, _, _, now) => inputs.Rules.NetworkChanged(now), subject: null);

    /// <summary>Takes a snapshot of everything that the manager knows.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>An immutable snapshot, taken between two decisions.</returns>
    public Task<ConnectionManagerSnapshot> GetSnapshotAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = new Reply<int, ConnectionManagerSnapshot>(0, static (inputs, _, now) => inputs.TakeSnapshot(now), _context.TaskOptions);
        if (!_context.Post(snapshot))
        {
            snapshot.Decide(_loop.Inputs, _context.Now);
            snapshot.Answer();
        }

        return snapshot.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until <see cref="ConnectionManagerSnapshot.IsFull"/>: every slot is taken and every permanent request connected.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes as soon as nothing is missing; connections may be lost again later.</returns>
    /// <exception cref="InvalidOperationException">The manager was stopped before.</exception>
    public async Task WhenFullAsync(CancellationToken cancellationToken = default)
    {
        using var watcher = _context.Events.Watch(); // Before the first check, so that no event is missed in between.
        while (!(await GetSnapshotAsync(cancellationToken).ConfigureAwait(false)).IsFull)
        {
            do
            {
                if (!await watcher.Events.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    throw new InvalidOperationException("The connection manager was stopped before it was full.");
            }
            while (!watcher.TakeAny(static happened => happened is ConnectionEstablished or ConnectionMoved or RequestEnded or LimitsChanged));
        }
    }

    /// <summary>
    /// Enumerates the events from the moment the enumerator is got, which is before its first move. Each watcher has a buffer of 1,024 events. A watcher that falls behind
    /// loses the oldest events and receives their number in an <see cref="EventsDropped"/>; it never slows down the manager. Ends when the
    /// manager has stopped.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The events in order.</returns>
    public IAsyncEnumerable<ConnectionEvent> WatchAsync(CancellationToken cancellationToken = default) => _context.Events.WatchAsync(cancellationToken);

    /// <summary>A task that completes when a stop begins.</summary>
    internal Task Stopping => _context.Stopping.Task;

    /// <inheritdoc cref="ManagerContext.OnMoved"/>
    internal Action<Connection, string?, string>? OnMoved
    {
        set => _context.OnMoved = value;
    }

    /// <summary>The measurements. For tests.</summary>
    internal ConnectionMetrics Metrics => _context.Metrics;

    /// <summary>Applies every message that is queued, then what is due. For tests.</summary>
    internal void Pump() => _loop.Pump();

    /// <summary>Pumps as the loop does. For tests.</summary>
    /// <returns>False when a defect has ended the loop.</returns>
    internal bool TryPump() => _loop.TryPump();

    /// <summary>Takes a snapshot on the calling thread. For tests.</summary>
    internal ConnectionManagerSnapshot TakeSnapshot(TimeSpan now) => _loop.Inputs.TakeSnapshot(now);

    /// <summary>Describes the work that a stop waits for. For tests.</summary>
    internal string DescribeRunning() => _loop.Inputs.DescribeRunning();

    private static void CheckAddress(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is DnsEndPoint name && NetworkAddress.IsInvalidOnion(name.Host))
            throw new ArgumentException(OverlayText.DescribeError(name.Host), nameof(endPoint));
    }

    private ConnectionRequest Post(Request request, Message.Function apply)
    {
        var handle = new ConnectionRequest(request, _context.TaskOptions);
        if (!_context.Post(apply, request))
        {
            request.State = ConnectionState.Canceled;
            handle.TrySetStopped(exception: null);
        }

        return handle;
    }
}
