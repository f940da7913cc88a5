using System.Net.NetworkInformation;
using System.Threading.Channels;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr;

/// <summary>The loop: takes messages in order, applies the rules, begins the effects. Everything not said otherwise here runs on the loop alone.</summary>
public sealed partial class ConnectionManager
{
    private static readonly AsyncLocal<ConnectionManager?> Inside = new();
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _completion;
    private readonly IdSequence _ids = new();
    private readonly ConnectionRules _rules;
    private readonly EventHub _events;
    private readonly SourceCaller? _source;
    private readonly List<AcceptLoop> _acceptLoops = [];
    private readonly RefusalReports _refusalReports;
    private readonly HashSet<Connection> _running = [];
    private readonly WorkScheduler _schedule;
    private readonly long _startedAt;
    private readonly ITimer _timer;
    private readonly Task _loop = Task.CompletedTask;

    private TimeSpan? _timerDue;
    private bool _isAccepting;
    private bool _isObservingNetwork;
    private bool _hasWarnedOfShortHandler;
    private bool _isStopping;

    /// <summary>Whether a stop was not waited for. Set by the callers of it, on any thread.</summary>
    private volatile bool _isStopCutShort;

    /// <summary>A manager without a loop of its own: a test calls <see cref="Pump"/>, and runs what is scheduled.</summary>
    internal ConnectionManager(ConnectionManagerOptions options, WorkScheduler schedule, TaskCreationOptions taskOptions)
    {
        Options = ConnectionManagerOptionsValidator.Check(options);
        TaskOptions = taskOptions;
        Logger = Options.LoggerFactory is { } factory
            ? new GuardedLogger(factory.CreateLogger("Connmgr.ConnectionManager"), Options.TimeProvider)
            : NullLogger.Instance;
        _schedule = schedule;
        _completion = new(taskOptions);
        _startedAt = Options.TimeProvider.GetTimestamp();
        _rules = new ConnectionRules(ConnectionManagerOptionsValidator.ToRules(Options, Logger), _ids);
        _events = new EventHub(Options.TimeProvider);
        _refusalReports = new RefusalReports(this, _events);
        if (Options.AddressSource is { } source)
            _source = new SourceCaller(this, source);
        foreach (var listener in Options.Listeners)
            _acceptLoops.Add(new AcceptLoop(this, listener, _acceptLoops.Count));
        using (ExecutionContext.SuppressFlow())
            _timer = Options.TimeProvider.CreateTimer(static manager => ((ConnectionManager)manager!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (Options.ObserveNetworkChanges)
            ObserveNetworkChanges();
    }

    internal delegate void Apply(ConnectionManager manager, object? state, TimeSpan now);

    internal ConnectionManagerOptions Options { get; }

    internal ILogger Logger { get; }

    internal TaskCreationOptions TaskOptions { get; }

    internal TimeSpan Now => Options.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>Whether the present code was called by a handler or callback of this manager.</summary>
    private bool IsInside => ReferenceEquals(Inside.Value, this);

    internal void MarkInside() => Inside.Value = this;

    internal void Schedule(Func<object, Task> work, object state) => _schedule(work, state);

    /// <summary>Posts a message. From any thread.</summary>
    /// <returns>False when the manager has stopped completely.</returns>
    internal bool Post(Apply apply, object? state) => _messages.Writer.TryWrite(new Message(apply, state));

    internal void PostEnd(Connection connection, DisconnectReason reason) =>
        Post(static (manager, state, now) =>
        {
            var (connection, reason) = ((Connection, DisconnectReason))state!;
            manager.OnEnd(connection, reason, now);
        }, (connection, reason));

    internal void PostDialed(Connection connection) => Post(static (manager, connection, now) => manager.OnDialed((Connection)connection!, now), connection);

    internal void PostHandshaken(Connection connection) => Post(static (manager, connection, now) => manager.OnHandshaken((Connection)connection!, now), connection);

    internal void PostHandled(Connection connection) => Post(static (manager, connection, now) => manager.OnHandled((Connection)connection!), connection);

    internal void PostShutDown(Connection connection) =>
        Post(static (manager, connection, now) => manager.Finish((Connection)connection!, ConnectionActivity.ShutDown), connection);

    internal void PostLateDisposed(Connection connection) =>
        Post(static (manager, connection, now) => manager.Finish((Connection)connection!, ConnectionActivity.LateDisposal), connection);

    /// <summary>Applies every message that is queued, then what is due. One caller at a time.</summary>
    internal void Pump()
    {
        while (_messages.Reader.TryRead(out var message))
        {
            message.Apply(this, message.State, Now);
            CarryOut();
            TickWhenDue(); // Here too: a stream of messages without a break must not hold up a deadline.
        }

        TickWhenDue();
        SetTimer();
        CompleteWhenDone();
    }

    private void TickWhenDue()
    {
        if (_rules.NextDue is not { } due || due > Now)
            return;
        _rules.Tick(Now);
        CarryOut();
    }

    private async Task RunLoopAsync()
    {
        try
        {
            while (await _messages.Reader.WaitToReadAsync().ConfigureAwait(false))
                Pump();
        }
        catch (Exception exception)
        {
            // A defect of ours. Nothing can be decided any more: say so to all who wait, instead of hanging.
            Log.LoopFailed(Logger, exception);
            _messages.Writer.TryComplete(exception);
            _events.Complete();
            _completion.TrySetException(exception);
        }
    }

    private void OnTimer() => Post(static (manager, _, now) =>
    {
        manager._timerDue = null;
        manager._rules.Tick(now);
    }, state: null);

    /// <summary>
    /// One timer for everything that waits. It is only ever set to an earlier moment: when it fires too early, it is set again. So it can also
    /// wait in parts for what is further off than a timer reaches.
    /// </summary>
    private void SetTimer()
    {
        if (_rules.NextDue is not { } due || _timerDue <= due)
            return;
        var now = Now;
        _timerDue = due - now < LongestWait ? due : now + LongestWait;

        // Timers count whole milliseconds, downwards: rounded up, it does not fire before there is something to do.
        var wait = Math.Ceiling(Math.Max(0, (_timerDue.Value - now).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    private bool OnStart(TimeSpan now)
    {
        if (_rules.IsStopped)
            return false;
        _rules.Start(now);
        if (!_isAccepting)
        {
            _isAccepting = true;
            CheckDescriptors(now);
            foreach (var acceptLoop in _acceptLoops)
                acceptLoop.Begin();
        }

        return true;
    }

    /// <summary>Only TCP connections are known to take a descriptor each.</summary>
    private void CheckDescriptors(TimeSpan now)
    {
        if (!Options.Listeners.Any(static listener => listener is TcpConnectionListener) || DescriptorBudget.ReadLimit() is not { } limit)
            return;
        var budget = DescriptorBudget.Of(Options, limit);
        if (!budget.IsShort)
            return;
        Log.TooFewDescriptors(Logger, budget.Limit, budget.Needed, budget.MaxInbound);
        if (budget.MaxInbound != _rules.MaxInbound)
            _rules.SetMaxInbound(budget.MaxInbound, now);
        Publish(static (time, budget) => new DescriptorsShort(time, budget.Limit, budget.Needed, budget.MaxInbound), budget);
    }

    private void OnStop(TimeSpan now)
    {
        if (_isStopping)
            return;
        _isStopping = true;
        if (_isObservingNetwork)
            NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;
        _rules.Stop(now);
        foreach (var acceptLoop in _acceptLoops)
            acceptLoop.End();
        Log.Stopping(Logger);
    }

    private void CompleteWhenDone()
    {
        if (!_isStopping || _running.Count > 0 || _source is { IsRunning: true } || _acceptLoops.Exists(acceptLoop => !acceptLoop.HasEnded))
            return;
        if (!_messages.Writer.TryComplete())
            return;
        _timer.Dispose();
        _refusalReports.Stop();
        _events.Complete();
        Log.Stopped(Logger);
        _completion.TrySetResult();
    }

    internal string DescribeRunning()
    {
        var running = _running.Select(connection => $"{connection.Activity} of {connection}").ToList();
        if (_source is { IsRunning: true })
            running.Add("the address source");
        running.AddRange(_acceptLoops.Where(acceptLoop => !acceptLoop.HasEnded).Select(acceptLoop => $"the listener on {acceptLoop.LocalEndPoint}"));
        return running.Count == 0 ? "nothing" : string.Join(", ", running);
    }

    /// <summary>Not every system lets a program listen for that (a sandbox without netlink sockets, for example): the manager does without then.</summary>
    private void ObserveNetworkChanges()
    {
        try
        {
            NetworkChange.NetworkAddressChanged += OnNetworkAddressChanged;
            _isObservingNetwork = true;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            Log.NetworkChangesNotObserved(Logger, exception);
        }
    }

    private void OnNetworkAddressChanged(object? sender, EventArgs e) => NotifyNetworkChanged();

    /// <summary>A public call that waits for the loop.</summary>
    private Task<bool> CommandAsync(Action<ConnectionManager, TimeSpan> apply, CancellationToken cancellationToken)
    {
        var reply = NewReply<bool>();
        Command((manager, reply, now) =>
        {
            apply(manager, now);
            reply.TrySetResult(true);
        }, reply, false);
        return WaitAsync(reply.Task, cancellationToken);
    }

    private Task<bool> CommandOnIdAsync(long id, Func<ConnectionManager, long, TimeSpan, bool> apply, CancellationToken cancellationToken)
    {
        var reply = NewReply<bool>();
        Command((manager, reply, now) => reply.TrySetResult(apply(manager, id, now)), reply, false);
        return WaitAsync(reply.Task, cancellationToken);
    }

    private Task<int> CountAsync(Func<ConnectionManager, TimeSpan, int> apply, CancellationToken cancellationToken)
    {
        var reply = NewReply<int>();
        Command((manager, reply, now) => reply.TrySetResult(apply(manager, now)), reply, 0);
        return reply.Task.WaitAsync(cancellationToken);
    }

    private static Task<bool> WaitAsync(Task<bool> reply, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? reply.WaitAsync(cancellationToken) : reply;

    private void Command<T>(Action<ConnectionManager, TaskCompletionSource<T>, TimeSpan> apply, TaskCompletionSource<T> reply, T whenStopped)
    {
        if (!Post(static (manager, state, now) =>
            {
                var (apply, reply) = ((Action<ConnectionManager, TaskCompletionSource<T>, TimeSpan>, TaskCompletionSource<T>))state!;
                apply(manager, reply, now);
            }, (apply, reply)))
        {
            reply.TrySetResult(whenStopped);
        }
    }

    private ConnectionRequest Post(Request request, Apply apply)
    {
        var handle = new ConnectionRequest(request, TaskOptions);
        if (!Post(apply, request))
        {
            request.State = ConnectionState.Canceled;
            handle.TrySetFirstOutcome(new AttemptOutcome { RequestId = request.Id, EndPoint = request.EndPoint, Cause = ConnectFailureCause.Stopped, Tag = request.Tag });
        }

        return handle;
    }

    private TaskCompletionSource<T> NewReply<T>() => new(TaskOptions);

    private readonly record struct Message(Apply Apply, object? State);
}
