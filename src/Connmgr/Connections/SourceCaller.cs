using System.Collections.Concurrent;
using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>Calls the address source outside the loop: one request at a time, and one report at a time, in order.</summary>
internal sealed class SourceCaller(ManagerContext context, CandidateCheck candidates, IAddressSource source)
{
    private readonly ConcurrentQueue<(AttemptOutcome Outcome, bool IsEnd)> _reports = new();
    private readonly RecentRefusals _refusals = new();
    private readonly CandidateRequest _oneOff = new(
        ConnectionKind.OneOff,
        endPoint => candidates.GetRefusal(endPoint, ConnectionKind.OneOff, context.Now),
        () => candidates.GetNetworks(ConnectionKind.OneOff, context.Now));
    private CandidateRequest? _automatic;

    /// <summary>The cancellation of the current request; null if there is none. Used by the loop only.</summary>
    private CancellationTokenSource? _asking;

    /// <summary>The cancellation of the next request: the same as for the last one, unless that was cancelled. Used by the loop only.</summary>
    private CancellationTokenSource _cancellation = new();

    /// <summary>The kind of connection that the request is for. Set by the loop before the request starts.</summary>
    private ConnectionKind _kind;

    /// <summary>The answer to the request. Set by the work before its message is posted.</summary>
    private Candidate? _answer;

    /// <summary>True when the current request was cancelled: its answer proves nothing about the source. Set by the loop.</summary>
    private volatile bool _isCanceled;

    /// <summary>The number of refusals at the start of the request. Used by the loop only.</summary>
    private int _refusedBefore;

    /// <summary>1 while a piece of work reports. Any thread; changed by <see cref="Interlocked"/>.</summary>
    private int _isReporting;

    /// <summary>True while a request or a report is running. Used by the loop only.</summary>
    public bool IsRunning => _asking is not null || Volatile.Read(ref _isReporting) != 0;

    /// <summary>The causes for which its last addresses were refused.</summary>
    public RecentRefusals Refusals => _refusals;

    /// <summary>True when its last answer was that it has none. Used by the loop only.</summary>
    public bool IsEmpty { get; private set; }

    private ILogger Logger => context.Logger;

    private CandidateRequest Automatic => _automatic ??= new CandidateRequest(
        ConnectionKind.Automatic,
        GetRefusal,
        () => candidates.GetNetworks(ConnectionKind.Automatic, context.Now) & candidates.Wanted.Networks,
        () => candidates.Wanted.Current);

    /// <summary>Begins to ask for an address. Used by the loop only.</summary>
    public void Ask(ConnectionKind kind)
    {
        _kind = kind;
        _isCanceled = false;
        _refusedBefore = _refusals.Total;
        _asking = _cancellation;
        context.Schedule(static caller => ((SourceCaller)caller).AskAsync(), this);
    }

    /// <summary>Cancels the current request. Used by the loop only.</summary>
    public void CancelAsk()
    {
        if (_asking is not { } asking)
            return;
        _isCanceled = true;
        _cancellation = new CancellationTokenSource();
        context.Schedule(
            static state =>
            {
                var (asking, caller) = ((CancellationTokenSource, SourceCaller))state;
                Cancellation.Cancel(asking, caller.Logger, "the address source");
                return Task.CompletedTask;
            },
            (asking, this));
    }

    /// <summary>Records that one of its addresses is dialled. Used by the loop only.</summary>
    public void OnDialed()
    {
        IsEmpty = false;
        _refusals.Clear();
    }

    /// <summary>Begins to report an outcome. Used by the loop only.</summary>
    public void Report(in AttemptOutcome outcome) => Report(outcome, isEnd: false);

    /// <summary>Begins to report the end of a connection. Used by the loop only.</summary>
    public void ReportEnd(in AttemptOutcome outcome) => Report(outcome, isEnd: true);

    private void Report(in AttemptOutcome outcome, bool isEnd)
    {
        if (!isEnd && outcome is { RequestId: 0, Cause: not ConnectFailureCause.Canceled })
            _refusals.Add(outcome.Cause);
        if (source is DelegateAddressSource)
            return;
        _reports.Enqueue((outcome, isEnd));
        if (Interlocked.Exchange(ref _isReporting, 1) == 0)
            context.Schedule(static caller => ((SourceCaller)caller).ReportAllAsync(), this);
    }

    private ConnectFailureCause GetRefusal(EndPoint endPoint)
    {
        var cause = candidates.GetOfferRefusal(endPoint, traits: null, context.Now);
        _refusals.Add(cause);
        return cause;
    }

    private async Task AskAsync()
    {
        _answer = null;
        if (_isCanceled)
        {
            PostAnswer(); // No address is wanted any more, so the source is not asked.
            return;
        }

        context.MarkInside();
        var token = _asking!.Token;
        try
        {
            _answer = await source.GetAsync(_kind == ConnectionKind.OneOff ? _oneOff : Automatic, token).ConfigureAwait(false);
            if (_answer is { EndPoint: null })
                throw new InvalidOperationException("The address source gave a candidate without an endpoint. Return null when there is none.");
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The request was cancelled.
        }
        catch (Exception exception)
        {
            _answer = null;
            Log.SourceFailed(context.Logger, exception);
        }

        PostAnswer();
    }

    private void PostAnswer() => context.PostLast(static (inputs, caller, _, now) => ((SourceCaller)caller!).OnAnswered(inputs, now), this);

    private void OnAnswered(ManagerInputs inputs, TimeSpan now)
    {
        _asking = null; // Before the rules get the answer: they may ask again.
        if (!_isCanceled)
        {
            IsEmpty = _answer is null;
            if (IsEmpty && _kind == ConnectionKind.Automatic && _refusals.Total == _refusedBefore)
                _refusals.Clear(); // The source is empty, so earlier refusals are not the reason any more.
        }

        inputs.OnSourceAnswered(_answer, now);
    }

    private Task ReportAllAsync()
    {
        do
        {
            while (_reports.TryDequeue(out var report))
            {
                var outcome = report.Outcome;
                try
                {
                    if (report.IsEnd)
                        source.ReportShortConnections(new Candidate(outcome.EndPoint!, outcome.Tag), outcome.ShortConnections);
                    else
                        source.ReportOutcome(outcome);
                }
                catch (Exception exception)
                {
                    Log.CallbackFailed(context.Logger, exception, "IAddressSource.ReportOutcome", EndPointText.Format(outcome.EndPoint));
                }
            }

            Volatile.Write(ref _isReporting, 0);

            // An outcome that was queued between the last check and the line above found the flag set; it is handled here.
        }
        while (!_reports.IsEmpty && Interlocked.Exchange(ref _isReporting, 1) == 0);

        context.PostLast(static (_, _, _, _) => { }, this); // Notifies the loop that no report is running any more.
        return Task.CompletedTask;
    }
}
