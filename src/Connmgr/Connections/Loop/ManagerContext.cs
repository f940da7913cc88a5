using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The services that all parts of one manager share: options, clock, log, metrics, events, and the ways to post a message to the loop and
/// to run work outside it. Thread-safe.
/// </summary>
internal sealed class ManagerContext
{
    private static readonly AsyncLocal<ManagerContext?> Inside = new();

    private readonly ConnectionRules _rules;
    private readonly Mailbox _mailbox;
    private readonly WorkScheduler _schedule;
    private readonly long _startedAt;

    /// <summary>
    /// The execution context in which <see cref="IsInside"/> is true. Created by the first work that needs it; a second instance would do
    /// no harm.
    /// </summary>
    private ExecutionContext? _insideContext;

    public ManagerContext(
        ConnectionManagerOptions options, ILogger logger, ConnectionRules rules, Mailbox mailbox, WorkScheduler schedule, TaskCreationOptions taskOptions)
    {
        (Options, Logger, _rules, _mailbox, _schedule, TaskOptions) = (options, logger, rules, mailbox, schedule, taskOptions);
        _startedAt = options.TimeProvider.GetTimestamp();
        Metrics = new ConnectionMetrics(ConnectionInstruments.GetOrCreate(options.MeterFactory), rules, options, () => Now);
        Events = new EventHub(options.TimeProvider, Metrics.EventDropped);
    }

    /// <summary>The manager's copy of the options.</summary>
    public ConnectionManagerOptions Options { get; }

    public ILogger Logger { get; }

    public ConnectionMetrics Metrics { get; }

    public EventHub Events { get; }

    /// <summary>Completed when a stop begins.</summary>
    public TaskCompletionSource Stopping { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Called for each connection that moves from one group, or none, to another, on the loop: it must be quick. Set before the start.
    /// </summary>
    public Action<Connection, string?, string>? OnMoved { get; set; }

    /// <summary>The options of the tasks that the manager returns to its users.</summary>
    public TaskCreationOptions TaskOptions { get; }

    /// <summary>The time since the manager was created, which is the time of the rules.</summary>
    public TimeSpan Now => Options.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>True when the current code was called by a handler or callback of this manager.</summary>
    public bool IsInside => ReferenceEquals(Inside.Value, this);

    /// <summary>
    /// Marks the rest of the calling asynchronous method as inside. Called at the start of a piece of work only: it replaces the execution
    /// context, which is the pool's empty one there. Restoring a context that was created once costs nothing; setting the AsyncLocal would
    /// allocate two objects for each dial, handler and request to the source.
    /// </summary>
    public void MarkInside()
    {
        if (_insideContext is { } context)
            ExecutionContext.Restore(context);
        else
        {
            Inside.Value = this;
            _insideContext = ExecutionContext.Capture();
        }
    }

    /// <summary>Starts work outside the loop. The work catches its exceptions.</summary>
    public void Schedule(Func<object, Task> work, object state) => _schedule(work, state);

    /// <summary>Posts a message.</summary>
    /// <returns>False when the manager has stopped completely.</returns>
    public bool Post(Message.Function apply, object? subject, object? detail = null) => _mailbox.Post(new Message(apply, subject, detail));

    /// <summary>Posts one of the last messages of a piece of work.</summary>
    /// <param name="apply">The function.</param>
    /// <param name="subject">The state of the piece of work.</param>
    /// <param name="detail">A further argument of the function.</param>
    public void PostLast(Message.Function apply, object subject, object? detail = null) => _mailbox.PostLast(new Message(apply, subject, detail));

    /// <summary>Posts a call.</summary>
    /// <returns>False when the manager has stopped completely, and nothing decides the call.</returns>
    public bool Post(IReply reply) => Post(static (inputs, reply, _, now) => ((IReply)reply!).Decide(inputs, now), reply);

    /// <summary>Lets the loop decide something, and waits for the answer.</summary>
    public Task<TReply> CallAsync<TSubject, TReply>(
        TSubject subject, Func<ManagerInputs, TSubject, TimeSpan, TReply> decide, TReply whenStopped, CancellationToken cancellationToken)
    {
        var reply = new Reply<TSubject, TReply>(subject, decide, TaskOptions);
        if (!Post(reply))
            reply.TrySetResult(whenStopped);
        return cancellationToken.CanBeCanceled ? reply.Task.WaitAsync(cancellationToken) : reply.Task;
    }

    /// <summary>Records that the program reports the usefulness of peers.</summary>
    public void NoteUsefulness() => _rules.KnowsUsefulness = true;
}
