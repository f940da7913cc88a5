using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Scenarios;

/// <summary>
/// The pure rules alone, in virtual time, with a world around them that answers dials: no task, no clock, no thread. Effects, which the shell would carry out, happen here in
/// the same step.
/// </summary>
internal sealed class VirtualOutbound
{
    private static readonly object Running = new();

    private readonly ConnectionRules _rules;
    private readonly Func<EndPoint, DialAnswer> _answer;
    private readonly Func<EndPoint, UInt128>? _getTraits;
    private readonly PriorityQueue<(Link Link, ConnectFailureCause Cause), TimeSpan> _returns = new();
    private readonly List<Effect> _effects = [];
    private readonly List<Link> _established = [];
    private int _nextAddress;
    private bool _isAsked;

    /// <param name="options">The manager's options; their dialler, source and handlers are not used, but one of each must be set.</param>
    /// <param name="answer">Determines the outcome of a dial.</param>
    /// <param name="getTraits">Gets the traits of a peer, which the source knows and an instant handshake confirms; null for no handshakes.</param>
    public VirtualOutbound(ConnectionManagerOptions options, Func<EndPoint, DialAnswer> answer, Func<EndPoint, UInt128>? getTraits = null)
    {
        options.Dial = static (_, _) => throw new NotSupportedException();
        options.GetNewAddress = static _ => throw new NotSupportedException();
        options.Handshake = getTraits is null ? null : static (_, _) => throw new NotSupportedException();
        options = options.Normalize();
        _rules = new(RulesOptionsFactory.Create(options, new GuardedCallbacks(options, NullLogger.Instance)), new IdSequence());
        (_answer, _getTraits) = (answer, getTraits);
    }

    /// <summary>The virtual time.</summary>
    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1);

    /// <summary>The number of calls of the rules so far.</summary>
    public long Events { get; private set; }

    public int Dials { get; private set; }

    public int EstablishedCount => _established.Count;

    /// <summary>The addresses of the connections, in no particular order.</summary>
    public IEnumerable<EndPoint> EstablishedEndPoints => _established.Select(static link => link.Request.EndPoint!);

    public void Start()
    {
        _rules.Start(Now);
        CarryOut();
    }

    /// <summary>Performs everything that is due until a moment, in order.</summary>
    public void RunUntil(TimeSpan end)
    {
        while (NextMoment is { } next && next <= end)
            StepTo(next);
        Now = end;
    }

    /// <summary>Performs events in order until there is a number of connections.</summary>
    /// <exception cref="InvalidOperationException">They are not reached in a virtual day.</exception>
    public void RunUntilEstablished(int count)
    {
        var limit = Now + TimeSpan.FromDays(1);
        while (_established.Count < count)
        {
            if (NextMoment is not { } next || next > limit)
                throw new InvalidOperationException($"There are {_established.Count} connections of {count} after a virtual day.");
            StepTo(next);
        }
    }

    /// <summary>Ends the handler of a connection.</summary>
    /// <param name="index">The index of the connection, below <see cref="EstablishedCount"/>.</param>
    public void End(int index)
    {
        var link = _established[index];
        _established[index] = _established[^1];
        _established.RemoveAt(_established.Count - 1);
        _rules.ConnectionEnded(link, new DisconnectReason(DisconnectCause.HandlerCompleted), Now);
        CarryOut();
    }

    private TimeSpan? NextMoment => _returns.TryPeek(out _, out var at) && (_rules.NextDue is not { } due || at <= due) ? at : _rules.NextDue;

    private void StepTo(TimeSpan moment)
    {
        Now = moment > Now ? moment : Now;
        if (_returns.TryPeek(out _, out var at) && at <= Now)
        {
            var (link, cause) = _returns.Dequeue();
            if (!ReferenceEquals(link.Handle, Running) && cause != ConnectFailureCause.Canceled)
                return; // It was given up, and has returned as that.
            link.Handle = null;
            if (cause == ConnectFailureCause.None && link.Phase == LinkPhase.Handshaking)
                _rules.HandshakeSucceeded(link, _getTraits!(link.Request.EndPoint!), Now);
            else if (cause == ConnectFailureCause.None)
                _rules.DialSucceeded(link, remoteEndPoint: null, Now);
            else
                _rules.AttemptFailed(link, ConnectPhase.Tcp, cause, exception: null, Now);
        }
        else
            _rules.Tick(Now);
        CarryOut();
    }

    private void CarryOut()
    {
        Events++;
        while (_rules.Effects.Count > 0)
        {
            _effects.AddRange(_rules.Effects);
            _rules.Effects.Clear();
            foreach (var effect in _effects)
                CarryOut(effect);
            _effects.Clear();
            if (_isAsked)
            {
                _isAsked = false;
                Events++;
                var endPoint = NumberedAddresses.GetEndPoint(_nextAddress++);
                _rules.SourceAnswered(new Candidate(endPoint) { Traits = _getTraits?.Invoke(endPoint) }, Now);
            }
        }
    }

    private void CarryOut(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                _isAsked = true;
                break;
            case EffectKind.Dial:
                Dial(effect.Link);
                break;
            case EffectKind.Handshake:
                effect.Link.Handle = Running;
                _returns.Enqueue((effect.Link, ConnectFailureCause.None), Now);
                break;
            case EffectKind.Abort when ReferenceEquals(effect.Link.Handle, Running):
                effect.Link.Handle = null;
                _returns.Enqueue((effect.Link, ConnectFailureCause.Canceled), Now); // Cancelled, the dialler returns at once.
                break;
            case EffectKind.Establish:
                _established.Add(effect.Link);
                break;
            default:
                break;
        }
    }

    private void Dial(Link link)
    {
        Dials++;
        link.Handle = Running;
        var answer = _answer(link.Request.EndPoint!);
        if (answer != DialAnswer.Never)
            _returns.Enqueue((link, answer.Cause), Now + answer.After);
    }
}

/// <summary>The outcome of a dial in virtual time.</summary>
/// <param name="After">The time until it returns. <see cref="TimeSpan.MaxValue"/>: it does not return by itself, as when packets are dropped.</param>
/// <param name="Cause">The cause of its failure; none if it succeeds.</param>
internal sealed record DialAnswer(TimeSpan After, ConnectFailureCause Cause)
{
    public static DialAnswer Never { get; } = new(TimeSpan.MaxValue, ConnectFailureCause.Timeout);

    public static DialAnswer Connects(double milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), ConnectFailureCause.None);

    public static DialAnswer Refuses(double milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), ConnectFailureCause.Refused);
}
