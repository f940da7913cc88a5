using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Rules;

namespace Connmgr.Simulation;

/// <summary>
/// The rules of this library, without their shell: the state machine of connections, the address source, and the timetable of feelers and
/// extra peers. Carries out the effects of the rules in the scene.
/// </summary>
internal sealed class ConnmgrNode(Scene scene, NodeOptions options, BookSnapshot? book, int seed) : SimulatedNode(scene, options, book, seed)
{
    // The times at which AddressBookSource looks again.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>The time until the extra peers are decided on: ExtraPeers.</summary>
    private static readonly TimeSpan ExtraTime = TimeSpan.FromSeconds(45);

    private static readonly UInt128 UnknownTraits = ~(UInt128)ulong.MaxValue;

    private readonly Dictionary<Link, Session> _links = [];
    private IdSequence _ids = new();
    private ConnectionRules _rules = null!;
    private AddressBookSource _source = null!;
    private PolicySchedule _schedule = null!;
    private CandidateRequest _automatic;
    private TimeSpan _tickAt = TimeSpan.MaxValue;
    private DateTimeOffset _nextLastResort;

    /// <summary>The number of the question to the source; an answer to an earlier one is not given.</summary>
    private int _question;

    /// <summary>The number of the wait for an address, which time or a new address ends.</summary>
    private int _wait;
    private bool _isWaiting;
    private TimeSpan _pause;
    private bool _hasExtra;

    /// <inheritdoc/>
    protected override void Begin(IReadOnlyList<PeerAddress> anchors)
    {
        _ids = new IdSequence();
        _source = new AddressBookSource(Book, new AddressBookSourceOptions { Networks = AddressNetworks.IPv4, RequiredServices = World.Services });
        _rules = new ConnectionRules(CreateOptions(), _ids);
        _automatic = new CandidateRequest(
            ConnectionKind.Automatic,
            endPoint => _rules.Candidates.GetOfferRefusal(endPoint, traits: null, Now),
            () => _rules.Candidates.GetNetworks(ConnectionKind.Automatic, Now) & _rules.Candidates.Wanted.Networks,
            () => _rules.Candidates.Wanted.Current);
        _schedule = new PolicySchedule(Options.HasFeelers ? new PeerPolicies() : new PeerPolicies { FeelerInterval = null }, new Random(Random.Next()), Now);
        _source.Prioritize(anchors, PeerProfile.BlockRelayName);
        _rules.Start(Now);
        CarryOut();
        SchedulePolicies();
    }

    /// <inheritdoc/>
    protected override void Stop()
    {
        _links.Clear();
        (_tickAt, _isWaiting, _hasExtra) = (TimeSpan.MaxValue, false, false);
        _question++;
    }

    /// <inheritdoc/>
    protected override void OnLeft(Session session)
    {
        _links.Remove(session.Link!);
        _rules.ConnectionEnded(session.Link!, DisconnectReason.FromCause(DisconnectCause.PeerClosed), Now);
        CarryOut();
    }

    /// <inheritdoc/>
    protected override void OnAddressesAdded()
    {
        if (!_isWaiting)
            return;
        _isWaiting = false;
        var (question, wait) = (_question, _wait);
        After(TimeSpan.Zero, () => Answer(question, wait));
    }

    private RulesOptions CreateOptions()
    {
        var manager = new ConnectionManagerOptions
        {
            AddressSource = _source,
            Handshake = static (_, _) => default,
            OutboundGroups =
            [
                new OutboundGroup("full", NodeOptions.FullSlots) { Profile = PeerProfile.Full.Name, Traits = World.Services },
                new OutboundGroup("block-relay", NodeOptions.BlockSlots) { Profile = PeerProfile.BlockRelayName, Traits = World.Services },
            ],
            Netgrouper = Grouper,
        };
        manager.DialHedgeDelay = Options.HedgeDelay ?? manager.DialHedgeDelay;
        manager.MaxHedgedDials = Options.IsHedged ? manager.MaxHedgedDials : 0;
        return new RulesOptions
        {
            Manager = manager.Normalize(),
            Gate = static (_, _) => GateVerdict.Allow,
            GetProxy = static _ => null,
            GetGroup = endPoint => endPoint is IPEndPoint ip ? Grouper.GetGroup(NetworkAddress.FromIPAddress(ip.Address)) : default,
            NetgroupKey = (UInt128)Random.NextInt64(),
            Random = new Random(Random.Next()),
        };
    }

    private void CarryOut()
    {
        while (_rules.Effects.Count > 0)
        {
            Effect[] effects = [.. _rules.Effects];
            _rules.Effects.Clear();
            foreach (ref readonly var effect in effects.AsSpan())
                CarryOut(effect);
        }

        if (_rules.NextDue is not { } due || due >= _tickAt)
            return;
        _tickAt = due;
        After(due - Now, () =>
        {
            if (_tickAt <= Now)
                _tickAt = TimeSpan.MaxValue;
            _rules.Tick(Now);
            CarryOut();
        });
    }

    private void CarryOut(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                _pause = Pace;
                Wait(TimeSpan.Zero);
                break;
            case EffectKind.CancelAsk:
                Reply(null);
                break;
            case EffectKind.Report:
                _source.ReportOutcome(effect.Outcome);
                break;
            case EffectKind.ReportEnd:
                _source.ReportShortConnections(new Candidate(effect.Outcome.EndPoint!, effect.Outcome.Tag), effect.Outcome.ShortConnections);
                break;
            case EffectKind.Dial:
                Dial(effect.Link);
                break;
            case EffectKind.Handshake:
                var begun = effect.Link;
                After(Scene.GetRoundTrip(Scene.Find(begun.Request.EndPoint!)), () => Do(() => _rules.HandshakeSucceeded(begun, World.Services, Now)));
                break;
            case EffectKind.Abort:
                Abort(effect.Link, effect.Outcome);
                break;
            case EffectKind.NotDialed when effect.Request.Tag is Probe refused:
                End(refused, effect.Outcome);
                break;
            case EffectKind.Establish:
                Establish(effect.Link, effect.Outcome);
                break;
            case EffectKind.Close when _links.TryGetValue(effect.Link, out var closed):
                throw new InvalidOperationException($"The rules closed the connection to {closed.EndPoint}, which nothing here asks for.");
            default:
                break; // Events for watchers.
        }
    }

    private void Do(Action action)
    {
        action();
        CarryOut();
    }

    private void Dial(Link link)
    {
        Dials++;
        var host = Scene.Find(link.Request.EndPoint!);
        var answer = Scene.Dial(host);
        if (answer == DialAnswer.Accepted)
            After(Scene.GetRoundTrip(host), () => Do(() => _rules.DialSucceeded(link, link.Request.EndPoint, Now)));
        else if (answer == DialAnswer.Refused)
            After(Scene.GetRoundTrip(host), () => Do(() => _rules.AttemptFailed(link, ConnectPhase.Tcp, ConnectFailureCause.Refused, exception: null, Now)));
    }

    private void Abort(Link link, in AttemptOutcome outcome)
    {
        if (link.Request.Tag is Probe probe)
            End(probe, outcome);
        if (link.IsRunning)
            After(TimeSpan.Zero, () => Do(() => _rules.AttemptFailed(link, ConnectPhase.None, ConnectFailureCause.Canceled, exception: null, Now)));
    }

    private void Establish(Link link, in AttemptOutcome outcome)
    {
        if (link.Request.Tag is Probe probe)
        {
            var time = probe.IsExtra ? ExtraTime : TimeSpan.Zero;
            After(time, () =>
            {
                _hasExtra &= !probe.IsExtra;
                Do(() => _rules.Remove(link.Request.Id, Now));
            });
            End(probe, outcome);
            return;
        }

        var host = Scene.Find(link.Request.EndPoint!);
        var isBlockRelay = string.Equals(link.Profile, PeerProfile.BlockRelayName, StringComparison.Ordinal);
        var session = new Session(host, Scene.GetEndPoint(host), isBlockRelay, Now) { Link = link };
        _links.Add(link, session);
        Add(session);
        Ready(session);
    }

    private void Answer(int question, int wait)
    {
        if (question != _question || wait != _wait)
            return;
        _isWaiting = false;
        var chosen = _source.Choose(_automatic, AddressNetworks.IPv4 & _automatic.Networks);
        var pause = chosen is null ? _pause : GetPace(chosen);
        if (pause > TimeSpan.Zero)
        {
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
            Wait(pause);
            _isWaiting = true;
            return;
        }

        Reply(new Candidate(chosen!.EndPoint.ToEndPoint()!, chosen) { Traits = chosen.Entry.Address.Services | UnknownTraits, Profile = chosen.Profile });
    }

    private void Wait(TimeSpan time)
    {
        var (question, wait) = (_question, ++_wait);
        After(time, () => Answer(question, wait));
    }

    private void Reply(Candidate? candidate)
    {
        _question++;
        _isWaiting = false;
        After(TimeSpan.Zero, () => Do(() => _rules.SourceAnswered(candidate, Now)));
    }

    /// <summary>Gets the delay before an address that was tried recently may be supplied.</summary>
    private TimeSpan GetPace(AddressBookCandidate chosen)
    {
        var now = Scene.Timeline.Clock.GetUtcNow();
        if (chosen.IsAnchor || !CandidateRules.IsRecent(chosen.Entry, now))
            return TimeSpan.Zero;
        if (now < _nextLastResort)
            return _nextLastResort - now;
        _nextLastResort = now + Pace;
        return TimeSpan.Zero;
    }

    private void SchedulePolicies() => After(_schedule.GetWait(Now, isTipStale: false), RunPolicies);

    private void RunPolicies()
    {
        var isFull = !_rules.IsOutage && _rules.AutomaticEstablished >= _rules.TargetOutbound;
        switch (_schedule.Decide(Now, new PolicySituation(isFull, IsNetworkMissing: false, CanAddBlockRelay: !_hasExtra)))
        {
            case PolicyStep.Feeler:
                After(TimeSpan.FromSeconds(Random.NextDouble()), RunFeeler);
                break;
            case PolicyStep.ExtraBlockRelay:
                ConnectExtra();
                break;
            default:
                SchedulePolicies();
                break;
        }
    }

    private void RunFeeler()
    {
        var request = new CandidateRequest(ConnectionKind.OneOff, endPoint => _rules.Candidates.GetRefusal(endPoint, ConnectionKind.OneOff, Now));
        if (_source.ChooseFeeler(request) is not { } chosen)
        {
            SchedulePolicies();
            return;
        }

        var feeler = new Request(_ids.Next(), ConnectionKind.OneOff, chosen.EndPoint.ToEndPoint()) { Tag = new Probe(chosen, IsExtra: false) };
        Do(() => _rules.Connect(feeler, Now));
    }

    private void ConnectExtra()
    {
        var groups = _rules.Groups.All;
        var request = new CandidateRequest(
            ConnectionKind.Automatic,
            endPoint => _rules.Candidates.GetRefusal(endPoint, ConnectionKind.Automatic, Now),
            static () => AddressNetworks.IPv4,
            () => [groups[1]]);
        if (_source.ChooseFromBook(request, AddressNetworks.IPv4) is not { } chosen)
        {
            SchedulePolicies();
            return;
        }

        _hasExtra = true;
        var trial = new Request(_ids.Next(), ConnectionKind.Trial, chosen.EndPoint.ToEndPoint())
        {
            Profile = PeerProfile.BlockRelayName,
            Tag = new Probe(chosen, IsExtra: true),
        };
        Do(() => _rules.Connect(trial, Now));
    }

    /// <summary>Reports the outcome of a feeler or an extra peer.</summary>
    private void End(Probe probe, in AttemptOutcome outcome)
    {
        _source.ReportOutcome(outcome with { Tag = probe.Candidate });
        _hasExtra &= !probe.IsExtra || outcome.Succeeded;
        SchedulePolicies();
    }

    private sealed record Probe(AddressBookCandidate Candidate, bool IsExtra);
}
