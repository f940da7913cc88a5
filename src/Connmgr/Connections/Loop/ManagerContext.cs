using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The things that all parts of one manager share: options, clock, log, measurements and events, and the ways to the loop (a message) and off
/// it (a piece of work). Thread-safe.
/// </summary>
internal sealed class ManagerContext
{
    private static readonly AsyncLocal<ManagerContext?> Inside = new();

    private readonly ConnectionRules _rules;
    private readonly Mailbox _mailbox;
    private readonly WorkScheduler _schedule;
    private readonly long _startedAt;

    /// <summary>The execution context in which <see cref="IsInside"/> is true. Made by the first piece of work that needs it; a second one is as good.</summary>
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

    /// <summary>The options of the tasks that the manager gives to its users.</summary>
    public TaskCreationOptions TaskOptions { get; }

    /// <summary>The time since the manager was made, which is the time of the rules.</summary>
    public TimeSpan Now => Options.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>True when the current code was called by a handler or callback of this manager.</summary>
    public bool IsInside => ReferenceEquals(Inside.Value, this);

    /// <summary>
    /// Marks the rest of the calling asynchronous method as inside. Called at the start of a piece of work only: it replaces the execution
    /// context, which is the pool's empty one there. A context that is made once and restored costs nothing; setting the AsyncLocal would
    /// make two objects for each dial, handler and question.
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

    /// <summary>Begins a piece of work off the loop. The work contains its exceptions.</summary>
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

    /// <summary>Has the loop decide something, and waits for the answer.</summary>
    public Task<TReply> CallAsync<TSubject, TReply>(
        TSubject subject, Func<ManagerInputs, TSubject, TimeSpan, TReply> decide, TReply whenStopped, CancellationToken cancellationToken)
    {
        var reply = new Reply<TSubject, TReply>(subject, decide, TaskOptions);
        if (!Post(reply))
            reply.TrySetResult(whenStopped);
        return cancellationToken.CanBeCanceled ? reply.Task.WaitAsync(cancellationToken) : reply.Task;
    }

    /// <summary>Notes that the program reports what peers are good for.</summary>
    public void NoteUsefulness() => _rules.KnowsUsefulness = true;
}
