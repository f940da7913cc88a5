using System.Collections.Immutable;
using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The part with the groups: 1 to 4 of them, peers with any traits, trials and promotions.</summary>
internal sealed partial class RulesWorld
{
    /// <summary>The bits that traits have here.</summary>
    private const uint AllTraits = 7;
    private static readonly string[] Profiles = [string.Empty, "blocks"];

    private readonly bool _hasTwoProfiles;
    private readonly Dictionary<EndPoint, UInt128> _traits = [];
    private readonly Dictionary<EndPoint, (UInt128 Traits, TimeSpan Until)> _unsuited = [];
    private readonly Dictionary<Link, UInt128> _shown = [];
    private readonly GroupModel _groups;

    /// <summary>The groups for which the source had nothing. Valid during its pause, unless that is for all purposes.</summary>
    private HashSet<string> _resting = [];
    private bool _restsEntirely;

    /// <summary>What the source offers at the moment; null if it offers nothing.</summary>
    private Candidate? _offered;

    /// <summary>True if the source's address is of use to a group that lacks an attempt.</summary>
    private bool _isOfUse;

    /// <summary>The reason for which the event did not dial a request; none if it dialled all.</summary>
    private ConnectFailureCause _notDialed;

    /// <summary>The trial that the event promoted, as its effects tell.</summary>
    private Link? _promoted;

    private GroupSet SomeGroups()
    {
        var count = _random.Next(1, PairCounter.MostGroups + 1);
        var left = MaxTarget;
        if (count == 1 && _random.Next(2) == 0)
            return GroupSet.FromTarget(_random.Next(_hasOutages ? 3 : 0, MaxTarget + 1));
        var first = _random.Next(6);
        var groups = ImmutableArray.CreateBuilder<OutboundGroup>(count);
        for (var i = 0; i < count; i++)
        {
            var target = Math.Min(left, i == 0 && _hasOutages ? 3 : SomeTarget(count));
            left -= target;
            groups.Add(new OutboundGroup($"group {(first + i) % 6}", target)
            {
                Traits = !_options.HasHandshake || _random.Next(3) != 0 ? 0 : (UInt128)(uint)_random.Next(1, (int)AllTraits + 1),
                Networks = _hasOutages ? AddressNetworks.All : _random.Next(8) switch { 0 => AddressNetworks.IPv4, 1 => AddressNetworks.IPv6, _ => AddressNetworks.All },
                Profile = _hasTwoProfiles && _random.Next(3) == 0 ? Profiles[1] : Profiles[0],
            });
        }

        return new GroupSet(groups.MoveToImmutable());
    }

    private int SomeTarget(int count) => _random.Next(6) == 0 ? 0 : count == 1 ? _random.Next(1, MaxTarget + 1) : _random.Next(1, count > 2 ? 3 : 4);

    /// <summary>Draws other targets for the groups there are.</summary>
    private GroupSet SomeTargets()
    {
        var old = _rules.Groups;
        if (old.IsImplicit)
            return GroupSet.FromTarget(_random.Next(MaxTarget + 1));
        var left = MaxTarget;
        return new GroupSet([.. old.All.Select(group =>
        {
            var target = Math.Min(left, SomeTarget(old.Count));
            left -= target;
            return new OutboundGroup(group.Name, target) { Traits = group.Traits, Networks = group.Networks, Profile = group.Profile };
        })]);
    }

    private void SetGroups()
    {
        var isOnlyTargets = _random.Next(3) != 0;
        var groups = isOnlyTargets ? SomeTargets() : SomeGroups();
        Do(RulesEvent.SetGroups, () =>
        {
            if (!_restsEntirely && !groups.HasSameRequirements(_rules.Groups))
                _mayAskFrom = TimeSpan.Zero;
            _rules.SetGroups(groups, _now);
        });
        _pairs.Add(isOnlyTargets ? GroupReach.TargetsChanged : GroupReach.GroupsChanged, groups);
        NoteGroups();
    }

    private void NoteGroups()
    {
        var groups = _rules.Groups;
        if (groups.All.Any(static group => group.Target == 0))
            _pairs.Add(GroupReach.TargetOfZero, groups);
        if (groups.All.Any(group => !string.Equals(group.Profile, groups.All[0].Profile, StringComparison.Ordinal)))
            _pairs.Add(GroupReach.TwoProfiles, groups);
    }

    /// <summary>Draws one of the events that concern groups most.</summary>
    private bool GroupEvent()
    {
        if (_hasOutages && !_rules.IsOutage)
            return false;
        switch (_random.Next(_isLively ? 60 : 100))
        {
            case < 2: SetGroups(); break;
            case < 8: ConnectTrial(); break;
            case < 15 when _established.Exists(static link => link.Request.Kind == ConnectionKind.Trial) || _random.Next(8) == 0: Promote(); break;
            case >= 15 and < 19 when _established.Count > 0: ChangeTraits(); break;
            case 19 when _running.Find(static link => link.Request.Kind == ConnectionKind.Trial) is { } trial: Return(trial, late: false); break;
            case 20 when _random.Next(10) == 0: PassLong(); break;
            default: return false;
        }

        return true;
    }

    private void ConnectTrial()
    {
        var endPoint = _random.Next(_isLively ? 2 : 3) == 0 ? SomeAddress() : FreshAddress();
        var before = _known.Count(static request => request.Kind == ConnectionKind.Trial);
        var hint = _rules.Candidates.GetRefusal(endPoint, ConnectionKind.Trial, _now);
        var request = new Request(_ids.Next(), ConnectionKind.Trial, endPoint) { Profile = Profiles[_random.Next(4) / 3] };
        Do(RulesEvent.ConnectTrial, () => _rules.Connect(Know(request), _now));
        var isRefused = _isStopped || before >= _options.Manager.MaxTrials || hint != ConnectFailureCause.None;
        Require(!isRefused || request.IsEnded, "A trial began that had to be refused.");
        Require(
            isRefused || _notDialed is ConnectFailureCause.None || (_notDialed == ConnectFailureCause.ConnectionLimit && _rules.Limits.MaxConnections is not null),
            $"A trial was refused for {_notDialed} without reason.");
        if (isRefused && !_isStopped)
            _pairs.Add(GroupReach.TrialRefused, _rules.Groups);
        Require(request.IsEnded || _rules.Requests.Count(static other => other.Kind == ConnectionKind.Trial) == before + 1, "Trials were miscounted.");
    }

    private void Promote()
    {
        var trials = _established.FindAll(static link => link.Request.Kind == ConnectionKind.Trial);
        var id = trials.Count > 0 && _random.Next(8) != 0 ? trials[_random.Next(trials.Count)].Request.Id : SomeId(RulesEvent.Promote);
        var automatic = _established.FindAll(static link => link.Request.Kind == ConnectionKind.Automatic);
        long? replaced = _random.Next(3) == 0 ? null : automatic.Count > 0 && _random.Next(8) != 0 ? automatic[_random.Next(automatic.Count)].Request.Id : SomeId(RulesEvent.Promote);
        var trial = _established.Find(link => link.Request.Id == id && link.Request.Kind == ConnectionKind.Trial);
        if (trial is not null && _random.Next(2) == 0)
            replaced = automatic.Find(link => NeedsAMove(trial, link))?.Request.Id ?? replaced;
        var other = automatic.Find(link => link.Request.Id == replaced);
        var hasReason = trial is not null && (replaced is null || other is not null);
        var isPossible = hasReason && _groups.HasPlace(trial!, trial!.Traits, other);
        var before = (Automatic: AutomaticEstablished(), Groups: _groups.Labels());
        Do(RulesEvent.Promote, () =>
        {
            var isDone = _rules.Promote(id, replaced, _now);
            Require(isDone == isPossible, $"A promotion {(isDone ? "was done that was not" : "failed that was")} possible.");
        });
        var groups = _rules.Groups;
        if (isPossible)
        {
            Require(_promoted == trial, "No effect told of the promotion.");
            Require(AutomaticEstablished() == before.Automatic + (other is null ? 1 : 0), "A promotion changed the number of automatic connections.");
            Require(trial!.Request.Kind == ConnectionKind.Automatic && other is not { Phase: LinkPhase.Established }, "A promotion was half done.");
            _pairs.Add(other is null ? GroupReach.PromotedIntoVacancy : GroupReach.PromotedInPlace, groups);
            if (before.Groups.Any(pair => pair.Link != other && !string.Equals(pair.Group, pair.Link.Group?.Name, StringComparison.Ordinal)))
                _pairs.Add(GroupReach.MovedByAPromotion, groups);
        }
        else
        {
            Require(_promoted is null && before.Groups.SequenceEqual(_groups.Labels()), "A promotion that was not possible changed something.");
            Require(trial is null || trial is { Phase: LinkPhase.Established, Group: null, Request.Kind: ConnectionKind.Trial }, "A trial is not what it was.");
            _pairs.Add(trial is null ? GroupReach.PromotedNoTrial : !hasReason ? GroupReach.PromotedForNoAutomatic : GroupReach.PromotedWithoutPlace, groups);
        }
    }

    /// <summary>Determines whether a trial can replace a connection only if a third one moves.</summary>
    private bool NeedsAMove(Link trial, Link other) =>
        (GroupModel.GetFits(_rules.Groups, trial.Profile, trial.GroupAddress, trial.Traits) & (1u << other.GroupIndex)) == 0 && _groups.HasPlace(trial, trial.Traits, other);

    private void ChangeTraits()
    {
        var link = _random.Next(8) == 0 && _running.Count > 0 ? _running[_random.Next(_running.Count)] : _established[_random.Next(_established.Count)];
        var traits = SomeTraits();
        var wasEstablished = link.Phase == LinkPhase.Established;
        if (wasEstablished)
            _shown[link] = traits;
        var group = link.Group;
        Do(RulesEvent.TraitsChanged, () => _rules.TraitsChanged(link, traits, _now));
        Require(!wasEstablished || link.Phase == LinkPhase.Ended || link.Traits == traits, "The traits of a connection are not those that it was given.");
        if (group is null)
        {
            Require(wasEstablished ? link.Phase == LinkPhase.Established : link.Phase != LinkPhase.Established, "The traits of a connection in no group ended it.");
            return;
        }

        _pairs.Add(link.Phase == LinkPhase.Ended ? GroupReach.UnsuitedConnection : GroupReach.TraitsKept, _rules.Groups);
        if (link.Phase != LinkPhase.Ended && link.Group != group)
            _pairs.Add(GroupReach.MovedByTraits, _rules.Groups);
    }

    /// <summary>Lets so much time pass that the traits of unsuited peers are forgotten.</summary>
    private void PassLong()
    {
        _now += UnsuitedAddresses.Duration;
        Do(RulesEvent.Tick, () => _rules.Tick(_now));
    }

    /// <summary>Takes note that the source is paused: for some groups, if all of them have requirements, or entirely.</summary>
    private void TakeRest(string reason)
    {
        const string Partly = "it has no address for ";
        if (_now >= _mayAskFrom)
            (_resting, _restsEntirely) = ([], false);
        string[] names = reason.StartsWith(Partly, StringComparison.Ordinal) ? reason[Partly.Length..].Split(", ") : [];
        Require(names.All(name => _rules.Groups.All[_rules.Groups.IndexOf(name)] is { TakesAll: false }), "The source has nothing for a group that takes all, and rests for others alone.");
        _resting.UnionWith(names);
        _restsEntirely |= names.Length == 0;
        _mayAskFrom = _isNotified ? TimeSpan.Zero : _now + Retry;
        _refusedInRow = 0;
        _pairs.Add(_restsEntirely ? GroupReach.RestEntire : GroupReach.RestOfSome, _rules.Groups);
    }

    /// <summary>Determines whether the source may be asked during its pause, for a group that it does not rest for.</summary>
    private bool IsPartlyOpen(ConnectionKind kind) =>
        !_restsEntirely && (kind == ConnectionKind.OneOff || _rules.Groups.Select(_rules.Slots.FindLacking(), then: 0).Any(group => !_resting.Contains(group.Name)));

    private UInt128 SomeTraits() => _options.HasHandshake ? (UInt128)(uint)_random.Next((int)AllTraits + 1) : 0;

    /// <summary>Gets the traits that a peer shows: mostly the same as before.</summary>
    private UInt128 GetTraits(Link link)
    {
        var key = link.Request.Key ?? link.RemoteEndPoint;
        if (!_options.HasHandshake || key is null)
            return SomeTraits();
        if (!_traits.TryGetValue(key, out var traits) || (!_isCooperative && _random.Next(4) == 0))
            _traits[key] = traits = SomeTraits();
        return traits;
    }

    private UInt128? Remember(EndPoint key) => _unsuited.TryGetValue(key, out var known) && _now < known.Until ? known.Traits : null;

    /// <summary>Takes note of the end of a peer that no vacant group takes: its address is as good as before, for other groups.</summary>
    private void TakeUnsuited(Link link)
    {
        var traits = _shown.GetValueOrDefault(link);
        _unsuited[link.Request.Key!] = (traits, _now + UnsuitedAddresses.Duration);
        var isResting = _rules.Candidates.GetRefusal(link.Request.Key!, ConnectionKind.Automatic, _now) == ConnectFailureCause.RecentlyTried;
        Require(!isResting || IsRestingAnyway(link.Request.Key!), "The address of an unsuited peer rests for every group.");
    }

    private bool IsRestingAnyway(EndPoint key) =>
        _options.Manager.AllowDuplicateAddresses // Another attempt at it may have been canceled.
        || (_restsFrom.TryGetValue(key, out var since) && _now - since < Retry) || _short.ContainsKey(key);

    /// <summary>Checks what a dial of the source's address is for.</summary>
    private void CheckAim(Link link)
    {
        var known = Remember(link.Request.Key!);
        var traits = known ?? _offered!.Value.Traits;
        Require(link.KnowsTraits == traits.HasValue && (traits is null || link.Traits == traits), "A dial does not know what is known of its peer.");
        Require(link.Fits == GroupModel.GetFits(_rules.Groups, link.Profile, link.Request.EndPoint, traits), "A dial is not meant for the groups that its peer fits.");
        Require(_isOfUse, "An address was dialled that is of no use to a group that lacks an attempt.");
        if (known is not null)
            _pairs.Add(GroupReach.OfferOfUnsuited, _rules.Groups);
        if (traits is not null && (link.Fits & (1u << link.GroupIndex)) == 0)
            _pairs.Add(GroupReach.OfferByAMove, _rules.Groups);
    }

    /// <summary>Draws an address of few, often of a peer that was unsuited before.</summary>
    private Candidate SomeCandidate()
    {
        var endPoint = _isLively && _unsuited.Count > 0 && _random.Next(4) == 0 ? _unsuited.Keys.ElementAt(_random.Next(_unsuited.Count))
            : _random.Next(3) == 0 ? FreshAddress()
            : SomeAddress();
        return new Candidate(endPoint, _candidates) { Traits = _random.Next(2) == 0 ? null : SomeTraits() };
    }

    /// <summary>Draws a fresh address of a peer that a wanted group takes.</summary>
    private Candidate SomeSuited()
    {
        var wanted = _rules.Candidates.Wanted.Current;
        var group = wanted[_random.Next(wanted.Length)];
        var endPoint = group.Networks.HasFlag(AddressNetworks.IPv4) ? FreshAddress() : FreshIPv6Address();
        var traits = group.Traits | SomeTraits();
        _traits[EndPointKey.Create(endPoint)] = traits;
        return new Candidate(endPoint) { Traits = _random.Next(4) == 0 ? null : traits };
    }
}
