using System.Net.NetworkInformation;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr;

/// <summary>The loop: takes messages in order, applies the rules, begins the effects. Everything not said otherwise here runs on the loop alone.</summary>
public sealed partial class ConnectionManager
{
    private static readonly AsyncLocal<ConnectionManager?> Inside = new();
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Mailbox _mailbox;
    private readonly TaskCompletionSource _completion;
    private readonly IdSequence _ids = new();
    private readonly GuardedCallbacks _callbacks;
    private readonly ConnectionRules _rules;
    private readonly EventHub _events;
    private readonly SourceCaller? _source;
    private readonly List<AcceptLoop> _acceptLoops = [];
    private readonly RefusalReports _refusalReports;
    private readonly HashSet<Connection> _running = [];
    private readonly WorkScheduler _schedule;
    private readonly long _startedAt;
    private readonly ITimer _timer;

    private ExecutionContext? _contextInside;
    private TimeSpan? _timerDue;
    private bool _isAccepting;
    private FileDescriptors _files;
    private bool _isObservingNetwork;
    private bool _hasWarnedOfShortHandler;
    private bool _isStopping;

    /// <summary>What the message is about that is being applied.</summary>
    private object? _applying;

    /// <summary>The call that the message has decided, to be answered once its effects are carried out.</summary>
    private IReply? _decided;

    /// <summary>Whether a stop was not waited for. Set by the callers of it, on any thread.</summary>
    private volatile bool _isStopCutShort;

    /// <param name="options">The options.</param>
    /// <param name="schedule">Null for the thread pool. Otherwise a test runs what is scheduled, and calls <see cref="Pump"/>: then the manager has no loop of its own.</param>
    /// <param name="taskOptions">Of the tasks that the manager gives.</param>
    internal ConnectionManager(ConnectionManagerOptions options, WorkScheduler? schedule, TaskCreationOptions taskOptions)
    {
        OptionsErrors.ThrowIfAny(options);
        Options = options.Normalize();
        TaskOptions = taskOptions;
        Logger = Options.LoggerFactory is { } factory
            ? new GuardedLogger(factory.CreateLogger("Connmgr.ConnectionManager"), Options.TimeProvider)
            : NullLogger.Instance;
        _callbacks = new GuardedCallbacks(Options, Logger);
        _mailbox = new Mailbox(TryPump, isPumpedByHand: schedule is not null);
        _schedule = schedule ?? new PoolWork(_mailbox).Schedule;
        _completion = new(taskOptions);
        _startedAt = Options.TimeProvider.GetTimestamp();
        _rules = new ConnectionRules(RulesOptionsFactory.Create(Options, _callbacks), _ids);
        Metrics = new ConnectionMetrics(ConnectionInstruments.Of(Options.MeterFactory), _rules, Options, () => Now);
        _events = new EventHub(Options.TimeProvider, Metrics.EventDropped);
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

    internal ConnectionManagerOptions Options { get; }

    internal ILogger Logger { get; }

    internal ConnectionMetrics Metrics { get; }

    internal TaskCreationOptions TaskOptions { get; }

    internal TimeSpan Now => Options.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>Whether the present code was called by a handler or callback of this manager.</summary>
    private bool IsInside => ReferenceEquals(Inside.Value, this);

    /// <summary>
    /// Says that what follows in this asynchronous method is inside. At the start of a piece of work alone: it replaces the execution
    /// context, which is the pool's empty one there. A context that is made once and restored costs nothing; setting the AsyncLocal would
    /// make two objects for each dial, handler and question.
    /// </summary>
    internal void MarkInside()
    {
        if (_contextInside is { } context)
            ExecutionContext.Restore(context);
        else
        {
            Inside.Value = this;
            _contextInside = ExecutionContext.Capture();
        }
    }

    internal void Schedule(Func<object, Task> work, object state) => _schedule(work, state);

    /// <summary>Posts a message. From any thread.</summary>
    /// <returns>False when the manager has stopped completely.</returns>
    internal bool Post(Message.Function apply, object? subject, object? detail = null) => _mailbox.Post(new Message(apply, subject, detail));

    /// <summary>Posts one of the last messages of a piece of work.</summary>
    /// <param name="apply">What to do.</param>
    /// <param name="subject">What with.</param>
    /// <param name="hasWaited">
    /// Whether the work was continued after a wait, by whoever ended that. Otherwise it runs on the thread that began it, which applies the
    /// message itself, next.
    /// </param>
    /// <param name="detail">What it needs beside.</param>
    internal void PostLast(Message.Function apply, object subject, bool hasWaited, object? detail = null)
    {
        var message = new Message(apply, subject, detail);
        if (hasWaited)
            _mailbox.Post(message);
        else
            _mailbox.PostOnly(message);
    }

    internal void PostEnd(Connection connection, DisconnectReason reason, bool hasWaited) => PostLast(
        static (manager, connection, reason, now) => manager.OnEnd((Connection)connection!, (DisconnectReason)reason!, now), connection, hasWaited, reason);

    internal void PostDialed(Connection connection, bool hasWaited) =>
        PostLast(static (manager, connection, _, now) => manager.OnDialed((Connection)connection!, now), connection, hasWaited);

    internal void PostHandshaken(Connection connection, bool hasWaited) =>
        PostLast(static (manager, connection, _, now) => manager.OnHandshaken((Connection)connection!, now), connection, hasWaited);

    internal void PostHandled(Connection connection, bool hasWaited) =>
        PostLast(static (manager, connection, _, _) => manager.OnHandled((Connection)connection!), connection, hasWaited);

    internal void PostShutDown(Connection connection, bool hasWaited) =>
        PostLast(static (manager, connection, _, _) => manager.Finish((Connection)connection!, ConnectionActivity.ShutDown), connection, hasWaited);

    internal void PostLateDisposed(Connection connection, bool hasWaited) =>
        PostLast(static (manager, connection, _, _) => manager.Finish((Connection)connection!, ConnectionActivity.LateDisposal), connection, hasWaited);

    /// <summary>Applies every message that is queued, then what is due. One caller at a time.</summary>
    internal void Pump()
    {
        var now = Now;
        for (var isFirst = true; _mailbox.TryRead(out var message); isFirst = false)
        {
            if (!isFirst)
                now = Now; // Once for each message: to read the clock is the dearest single thing here.
            _applying = message.Subject;
            message.Apply(this, message.Subject, message.Detail, now);
            CarryOut();
            Answer();
            TickWhenDue(now); // Here too: a stream of messages without a break must not hold up a deadline.
        }

        _applying = null;
        TickWhenDue(now);
        SetTimer(now);
        Metrics.Settled();
        CompleteWhenDone();
    }

    /// <summary>As <see cref="Pump"/>. A defect of ours ends the loop: then nothing can be decided any more, which it says to all who wait, instead of letting them hang.</summary>
    /// <returns>Whether the loop goes on.</returns>
    internal bool TryPump()
    {
        try
        {
            Pump();
            return true;
        }
        catch (Exception exception)
        {
            Log.LoopFailed(Logger, exception);
            Metrics.End();
            _mailbox.Close();
            _events.Complete();
            _completion.TrySetException(exception);
            GiveUp(_applying, exception);
            while (_mailbox.TryRead(out var message))
                GiveUp(message.Subject, exception);
            return false;
        }
    }

    private static void GiveUp(object? subject, Exception exception)
    {
        if (subject is IReply reply)
            reply.Fail(exception);
        else if (subject is Request { Handle: ConnectionRequest handle } request)
        {
            handle.TrySetFirstOutcome(new AttemptOutcome
            {
                RequestId = request.Id,
                EndPoint = request.EndPoint,
                Cause = ConnectFailureCause.Stopped,
                Exception = exception,
                Tag = request.Tag,
            });
        }
    }

    private void Answer()
    {
        if (_decided is not { } decided)
            return;
        _decided = null;
        decided.Answer();
    }

    private void TickWhenDue(TimeSpan now)
    {
        if (_rules.NextDue is not { } due || due > now)
            return;
        _rules.Tick(now);
        CarryOut();
    }

    private void OnTimer() => Post(
        static (manager, _, _, now) =>
        {
            manager._timerDue = null;
            manager._rules.Tick(now);
        },
        subject: null);

    /// <summary>
    /// One timer for everything that waits. It is only ever set to an earlier moment: when it fires too early, it is set again. So it can
    /// also wait in parts for what is further off than a timer reaches.
    /// </summary>
    private void SetTimer(TimeSpan now)
    {
        if (_rules.NextDue is not { } due || _timerDue <= due)
            return;
        _timerDue = due - now < LongestWait ? due : now + LongestWait;

        // Timers count whole milliseconds, downwards: rounded up, it does not fire before there is something to do.
        var wait = Math.Ceiling(Math.Max(0, (_timerDue.Value - now).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    /// <returns>Why it can't start; null when it has started.</returns>
    private Exception? OnStart(TimeSpan now)
    {
        if (_rules.IsStopped)
            return NewStoppedException();
        if (!_isAccepting && CheckDescriptors(now) is { } fault)
            return fault;
        _rules.Start(now);
        if (!_isAccepting)
        {
            _isAccepting = true;
            Metrics.Begin();
            foreach (var acceptLoop in _acceptLoops)
                acceptLoop.Begin();
        }

        return null;
    }

    private static InvalidOperationException NewStoppedException() =>
        new("The connection manager has been stopped and can't be started again. Make a new one.");

    /// <summary>Counts the file descriptors before anything is dialled or accepted. Only TCP connections are known to take one each.</summary>
    private FileLimitException? CheckDescriptors(TimeSpan now)
    {
        if (!DialsTcp && !Options.Listeners.Any(static listener => listener is TcpConnectionListener))
            return null;
        _files = FileDescriptors.Read();
        if (BudgetOf(_files) is { IsTooShort: true } budget)
            return new FileLimitException(budget.Limit, budget.Least);
        FitDescriptors(now);
        return null;
    }

    private bool DialsTcp => Options.Dial?.Target is TcpDialer or NetworkDialer;

    /// <summary>Lowers the limits to what the process may open, at the start and whenever they are changed afterwards.</summary>
    private void FitDescriptors(TimeSpan now)
    {
        if (BudgetOf(_files) is not { } budget)
            return;
        _rules.MaxHedgedDials = budget.MaxHedgedDials;
        if (!budget.IsShort)
            return;
        Log.TooFewDescriptors(Logger, budget.Limit, budget.Needed, budget.MaxInbound, budget.MaxHedgedDials);
        if (budget.MaxInbound != _rules.MaxInbound)
            _rules.SetMaxInbound(budget.MaxInbound, now);
        Publish(
            static (time, budget) => new DescriptorsShort(time, budget.Limit, budget.Needed, budget.MaxInbound) { MaxHedgedDials = budget.MaxHedgedDials },
            budget);
    }

    /// <summary>Null without a limit, and before the start.</summary>
    private DescriptorBudget? BudgetOf(FileDescriptors files)
    {
        if (files.Limit is not { } limit)
            return null;

        // What was changed before counts, or the limit could be raised here.
        var options = Options.With(_rules.TargetOutbound, _rules.MaxInbound, _rules.Limits);
        return DescriptorBudget.Of(options, limit, files.Open, DialsTcp);
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
        if (_mailbox.IsClosed)
            return;
        _mailbox.Close();
        _timer.Dispose();
        Metrics.End();
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
    private Task<TReply> CallAsync<TSubject, TReply>(
        TSubject subject, Func<ConnectionManager, TSubject, TimeSpan, TReply> apply, TReply whenStopped, CancellationToken cancellationToken)
    {
        var reply = new Reply<TSubject, TReply>(subject, apply, TaskOptions);
        if (!PostCall(reply))
            reply.TrySetResult(whenStopped);
        return cancellationToken.CanBeCanceled ? reply.Task.WaitAsync(cancellationToken) : reply.Task;
    }

    private bool PostCall(IReply reply) => Post(
        static (manager, reply, _, now) =>
        {
            manager._decided = (IReply)reply!;
            manager._decided.Decide(manager, now);
        },
        reply);

    private ConnectionRequest Post(Request request, Message.Function apply)
    {
        var handle = new ConnectionRequest(request, TaskOptions);
        if (!Post(apply, request))
        {
            request.State = ConnectionState.Canceled;
            handle.TrySetFirstOutcome(new AttemptOutcome { RequestId = request.Id, EndPoint = request.EndPoint, Cause = ConnectFailureCause.Stopped, Tag = request.Tag });
        }

        return handle;
    }
}
