using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The states in which the rules are when an event comes. Those ending in Of stand for five, one for each kind of connection.</summary>
internal enum PairState
{
    NotStarted,
    Running,
    Outage,
    Suspended,
    Stopped,
    AddressFree,
    AddressOf,
    Asking = AddressOf + 5,
    AskCanceled,
    UnknownId,
    WaitsForAddress,
    Waits,
    Failing,
    LinkEnded,
    DialOf,
    HandshakeOf = DialOf + 5,
    EstablishedOf = HandshakeOf + 5,
    Count = EstablishedOf + 5,
}

internal enum RulesEvent
{
    Start,
    Suspend,
    Resume,
    Stop,
    SetGroups,
    SetMaxInbound,
    NetworkChanged,
    AddressesAvailable,
    Connect,
    ConnectFromSource,
    ConnectTrial,
    Promote,
    TraitsChanged,
    Disconnect,
    Remove,
    Accept,
    RecheckGate,
    DisconnectWhere,
    SetInboundLimits,
    SourceAnswered,
    DialReturned,
    HandshakeReturned,
    ConnectionEnded,
    Tick,
    ConnectPermanent,
    ConnectOneOff,
    Reconnect,
    AnsweredNone,
    AnsweredOne,
    Succeeded,
    Failed,
    Count,
}

/// <summary>What happens to groups, counted for each number of groups from 1 to <see cref="PairCounter.MostGroups"/>.</summary>
internal enum GroupReach
{
    /// <summary>The assignment after an event was compared with every other.</summary>
    Compared,
    Joined,
    Reconnect,
    UnsuitedPeer,
    UnsuitedConnection,
    TraitsKept,
    OfferRefused,
    OfferOfUnsuited,
    TargetOfZero,
    GroupsChanged,
    TargetsChanged,
    RestEntire,
    ClosedForGroups,
    TrialRefused,
    TrialConnected,
    PromotedIntoVacancy,
    PromotedInPlace,
    PromotedWithoutPlace,
    PromotedNoTrial,
    PromotedForNoAutomatic,

    /// <summary>All groups were filled at the end.</summary>
    Filled,

    /// <summary>From here on two groups are needed.</summary>
    FirstOfMany,
    Moved = FirstOfMany,
    MovedFromARemovedGroup,
    MovedByTraits,
    TwoProfiles,
    OfferByAMove,
    RestOfSome,

    /// <summary>From here on three groups are needed.</summary>
    FirstOfThree,
    MovedInAChain = FirstOfThree,
    MovedByAPromotion,
    Count,
}

/// <summary>The count of the events that were seen in each state, so that a generator that misses some fails.</summary>
internal sealed class PairCounter
{
    public const int MostGroups = 4;

    private static readonly ConnectFailureCause[] Answers =
    [
        ConnectFailureCause.None, ConnectFailureCause.Stopped, ConnectFailureCause.Canceled, ConnectFailureCause.GateRefused, ConnectFailureCause.DuplicateAddress,
        ConnectFailureCause.ConnectionLimit, ConnectFailureCause.HostLimit, ConnectFailureCause.PrefixLimit, ConnectFailureCause.HandshakeLimit,
        ConnectFailureCause.RateLimit, ConnectFailureCause.FloodLimit,
    ];

    private static readonly LinkPhase[] Evictable = [LinkPhase.Handshaking, LinkPhase.Established];

    private readonly long[] _refusals = new long[Enum.GetValues<ConnectFailureCause>().Length];
    private readonly long[] _evictions = new long[Enum.GetValues<LinkPhase>().Length];
    private readonly long[,] _groups = new long[(int)GroupReach.Count, MostGroups];
    private readonly long[,] _counts = new long[(int)PairState.Count, (int)RulesEvent.Count];

    public void Add(PairState state, RulesEvent rulesEvent) => Interlocked.Increment(ref _counts[(int)state, (int)rulesEvent]);

    /// <summary>Counts what happened to groups.</summary>
    public void Add(GroupReach reach, GroupSet groups) => Interlocked.Increment(ref _groups[(int)reach, groups.Count - 1]);

    /// <summary>Counts the answer to an inbound connection.</summary>
    public void AddRefusal(ConnectFailureCause cause) => Interlocked.Increment(ref _refusals[(int)cause]);

    /// <summary>Counts the phase in which an inbound connection was evicted.</summary>
    public void AddEviction(LinkPhase phase) => Interlocked.Increment(ref _evictions[(int)phase]);

    /// <summary>Gets the pairs that can occur and were seen fewer times than required.</summary>
    public IEnumerable<string> Rarer(int than) => Expected()
        .Where(pair => _counts[(int)pair.State, (int)pair.Event] < than)
        .Select(pair => $"{Name(pair.State)} x {pair.Event}: {_counts[(int)pair.State, (int)pair.Event]}")
        .Concat(Answers.Where(cause => _refusals[(int)cause] < than).Select(cause => $"Inbound {cause}: {_refusals[(int)cause]}"))
        .Concat(Evictable.Where(phase => _evictions[(int)phase] < than).Select(phase => $"Evicted {phase}: {_evictions[(int)phase]}"))
        .Concat(RarerOfGroups(than));

    /// <summary>Gets the counts of groups, for a reader.</summary>
    public override string ToString() =>
        string.Join('\n', Enum.GetValues<GroupReach>().Distinct().Where(static reach => reach != GroupReach.Count).Select(reach => $"{reach}: {string.Join(' ', Enumerable.Range(0, MostGroups).Select(index => _groups[(int)reach, index]))}"));

    private IEnumerable<string> RarerOfGroups(int than) =>
        from reach in Enum.GetValues<GroupReach>().Distinct()
        where reach != GroupReach.Count
        from groups in Enumerable.Range(1, MostGroups)
        where groups >= (reach >= GroupReach.FirstOfThree ? 3 : reach >= GroupReach.FirstOfMany ? 2 : 1) && _groups[(int)reach, groups - 1] < than
        select $"{reach} of {groups} groups: {_groups[(int)reach, groups - 1]}";

    private static IEnumerable<(PairState State, RulesEvent Event)> Expected()
    {
        RulesEvent[] always =
        [
            RulesEvent.Start, RulesEvent.Suspend, RulesEvent.Resume, RulesEvent.SetGroups, RulesEvent.SetMaxInbound, RulesEvent.NetworkChanged,
            RulesEvent.AddressesAvailable, RulesEvent.Connect, RulesEvent.ConnectFromSource, RulesEvent.ConnectTrial, RulesEvent.Promote, RulesEvent.Disconnect, RulesEvent.Remove, RulesEvent.Accept, RulesEvent.Tick, RulesEvent.Stop,
            RulesEvent.RecheckGate, RulesEvent.DisconnectWhere, RulesEvent.SetInboundLimits,
        ];
        PairState[] managers = [PairState.NotStarted, PairState.Running, PairState.Outage, PairState.Suspended, PairState.Stopped];
        foreach (var pair in from state in managers from e in always select (state, e))
            yield return pair;
        PairState[] begun = [PairState.Running, PairState.Outage];
        foreach (var pair in from state in begun from e in new[] { RulesEvent.TraitsChanged, RulesEvent.DialReturned, RulesEvent.SourceAnswered, RulesEvent.ConnectionEnded } select (state, e))
            yield return pair;
        foreach (var pair in from state in new[] { PairState.Suspended, PairState.Stopped } from e in new[] { RulesEvent.DialReturned, RulesEvent.SourceAnswered } select (state, e))
            yield return pair;
        PairState[] addresses =
        [
            PairState.AddressFree, PairState.AddressOf + (int)ConnectionKind.Automatic, PairState.AddressOf + (int)ConnectionKind.OneOff, PairState.AddressOf + (int)ConnectionKind.Permanent,
            PairState.AddressOf + (int)ConnectionKind.Trial,
        ];
        foreach (var pair in from state in addresses from e in new[] { RulesEvent.ConnectPermanent, RulesEvent.ConnectOneOff } select (state, e))
            yield return pair;
        PairState[] requests =
        [
            PairState.UnknownId, PairState.WaitsForAddress, PairState.Waits, PairState.Failing,
            .. Outbound(PairState.DialOf), .. Outbound(PairState.HandshakeOf), PairState.HandshakeOf + (int)ConnectionKind.Inbound,
            .. Outbound(PairState.EstablishedOf), PairState.EstablishedOf + (int)ConnectionKind.Inbound,
        ];
        foreach (var pair in from state in requests from e in new[] { RulesEvent.Disconnect, RulesEvent.Reconnect, RulesEvent.Remove } select (state, e))
            yield return pair;
        foreach (var pair in from state in new[] { PairState.Asking, PairState.AskCanceled } from e in new[] { RulesEvent.AnsweredOne, RulesEvent.AnsweredNone } select (state, e))
            yield return pair;
        PairState[] attempts = [.. Outbound(PairState.DialOf), .. Outbound(PairState.HandshakeOf), PairState.HandshakeOf + (int)ConnectionKind.Inbound, PairState.LinkEnded];
        foreach (var pair in from state in attempts from e in new[] { RulesEvent.Succeeded, RulesEvent.Failed } select (state, e))
            yield return pair;
        PairState[] open = [.. Outbound(PairState.HandshakeOf), PairState.HandshakeOf + (int)ConnectionKind.Inbound, .. Outbound(PairState.EstablishedOf), PairState.EstablishedOf + (int)ConnectionKind.Inbound];
        foreach (var state in open)
            yield return (state, RulesEvent.ConnectionEnded);
    }

    private static IEnumerable<PairState> Outbound(PairState of) =>
        [of + (int)ConnectionKind.Automatic, of + (int)ConnectionKind.OneOff, of + (int)ConnectionKind.Permanent, of + (int)ConnectionKind.Trial];

    private static string Name(PairState state) => state switch
    {
        >= PairState.EstablishedOf => $"Established {(ConnectionKind)(state - PairState.EstablishedOf)}",
        >= PairState.HandshakeOf => $"Handshaking {(ConnectionKind)(state - PairState.HandshakeOf)}",
        >= PairState.DialOf => $"Dialing {(ConnectionKind)(state - PairState.DialOf)}",
        >= PairState.AddressOf and < PairState.Asking => $"Address of {(ConnectionKind)(state - PairState.AddressOf)}",
        _ => state.ToString(),
    };
}
