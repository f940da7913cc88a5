using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The loop of a manager: takes the messages in order, has <see cref="ManagerInputs"/> apply each of them and <see cref="ManagerOutputs"/>
/// carry out the effects, and keeps the one timer. One thread at a time, which the mailbox chooses.
/// </summary>
internal sealed class ManagerLoop
{
    private readonly ManagerContext _context;
    private readonly ConnectionRules _rules;
    private readonly Mailbox _mailbox;
    private readonly ManagerOutputs _outputs;
    private readonly TaskCompletionSource _completion;
    private readonly EarliestTimer _timer;

    /// <summary>The subject of the message that is being applied, so that a defect leaves no caller waiting.</summary>
    private object? _applying;

    public ManagerLoop(ManagerContext context, ConnectionRules rules, Mailbox mailbox)
    {
        (_context, _rules, _mailbox) = (context, rules, mailbox);
        _completion = new(context.TaskOptions);
        var runner = new ConnectionRunner(context);
        var source = context.Options.AddressSource is { } addressSource ? new SourceCaller(context, rules.Candidates, addressSource) : null;
        Inputs = new ManagerInputs(context, rules, runner, source);
        _outputs = new ManagerOutputs(context, rules, runner, source);
        _timer = new EarliestTimer(context.Options.TimeProvider, OnTimer);
    }

    public ManagerInputs Inputs { get; }

    /// <summary>A task that completes when the manager has stopped and everything has ended.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Applies every message that is queued, then what is due. One caller at a time.</summary>
    public void Pump()
    {
        var now = _context.Now;
        for (var isFirst = true; _mailbox.TryRead(out var message); isFirst = false)
        {
            if (!isFirst)
                now = _context.Now; // Once per message: reading the clock is the most expensive step here.
            _applying = message.Subject;
            message.Apply(Inputs, message.Subject, message.Detail, now);
            _outputs.CarryOut();
            if (_applying is IReply reply)
                reply.Answer();
            TickWhenDue(now); // Here too, because an endless stream of messages must not delay a deadline.
        }

        _applying = null;
        TickWhenDue(now);
        if (_rules.NextDue is { } due)
            _timer.Set(due, now);
        _context.Metrics.Settled();
        if (Inputs.HasEnded && !_mailbox.IsClosed)
            Complete();
    }

    /// <summary>
    /// Pumps as <see cref="Pump"/>. A defect of Connmgr ends the loop: nothing can be decided any more, so everything that waits for it fails
    /// instead of hanging.
    /// </summary>
    /// <returns>False when the loop has ended.</returns>
    public bool TryPump()
    {
        try
        {
            Pump();
            return true;
        }
        catch (Exception exception)
        {
            Log.LoopFailed(_context.Logger, exception);
            _context.Metrics.End();
            _mailbox.Close();
            _context.Events.Complete();
            _completion.TrySetException(exception);
            Fail(_applying, exception);
            while (_mailbox.TryRead(out var message))
                Fail(message.Subject, exception);
            return false;
        }
    }

    /// <summary>Fails the subject of a message if a caller waits for it.</summary>
    private static void Fail(object? subject, Exception exception)
    {
        if (subject is IReply reply)
            reply.Fail(exception);
        else if (subject is Request { Handle: ConnectionRequest handle })
            handle.TrySetStopped(exception);
    }

    private void TickWhenDue(TimeSpan now)
    {
        if (_rules.NextDue is not { } due || due > now)
            return;
        _rules.Tick(now);
        _outputs.CarryOut();
    }

    private void OnTimer() => _context.Post(
        static (_, loop, _, now) =>
        {
            ((ManagerLoop)loop!)._timer.Fired();
            ((ManagerLoop)loop)._rules.Tick(now);
        },
        this);

    private void Complete()
    {
        _mailbox.Close();
        _timer.Dispose();
        _context.Metrics.End();
        Inputs.OnCompleted();
        _context.Events.Complete();
        Log.Stopped(_context.Logger);
        _completion.TrySetResult();
    }
}
