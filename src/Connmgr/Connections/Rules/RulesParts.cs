using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// The tables and parts of the rules, each with one concern. A part returns values: it adds no effects and does not know
/// <see cref="RequestLife"/> or <see cref="ConnectionRules"/>.
/// </summary>
internal sealed class RulesParts
{
    public RulesParts(RulesOptions options)
    {
        Options = options;
        Gatekeeper = new Gatekeeper(options.Gate);
        Rests = new AddressRests(options);
        Netgroups = new NetgroupTable(options.Manager.MaxOutboundPerNetgroup);
        var routes = new RouteTable(options.GetProxy);
        Outages = new OutageTracker(routes, options.Manager.RetryDuration);
        var groups = options.Groups;
        Wanted = new WantedGroups(groups, Unsuited);
        Candidates = new CandidateCheck(options, Claims, Rests, Netgroups, routes, Wanted);
        Remotes = new RemoteAddressCheck(options, Gatekeeper, Claims, Reserved, Netgroups);
        Slots = new DialSlots(groups, options.Manager.MaxHedgedDials);
        Budget = new DialBudget(options.Manager.DialBurst, options.Manager.DialsPerSecond, groups.Target);
        Pump = new SourcePump(options.Manager.RetryDuration, Budget, Outages);
        Inbound = new InboundLinks(options.HasHandshake);
        Admission = new InboundAdmission(options, Gatekeeper, Claims, Inbound);
        Eviction = new EvictionChooser(Inbound, Requests);
        Capacity = new Capacity(Slots, Inbound, Admission, options.HasSource);
    }

    public RulesOptions Options { get; }

    /// <summary>The pending effects of the events, in order. The shell executes them and clears the list.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>All requests that have not ended, including those of inbound connections, by id.</summary>
    public Dictionary<long, Request> Requests { get; } = [];

    /// <summary>The trials among <see cref="Requests"/>.</summary>
    public int Trials { get; set; }

    /// <summary>The moments that links, requests and the source pump wait for.</summary>
    public TimerHeap Timers { get; } = new();

    public ClaimTable Claims { get; } = new();

    /// <summary>The addresses that dials of names are about to try.</summary>
    public AddressReservations Reserved { get; } = new();

    public NetgroupTable Netgroups { get; }

    public Gatekeeper Gatekeeper { get; }

    public AddressRests Rests { get; }

    /// <summary>The traits of peers that no vacant group could take.</summary>
    public UnsuitedAddresses Unsuited { get; } = new();

    /// <summary>The groups of which an address is wanted. May be read from any thread.</summary>
    public WantedGroups Wanted { get; }

    public OutageTracker Outages { get; }

    /// <summary>The check of the source's addresses. May be used from any thread.</summary>
    public CandidateCheck Candidates { get; }

    public RemoteAddressCheck Remotes { get; }

    public DialSlots Slots { get; }

    public DialBudget Budget { get; }

    public SourcePump Pump { get; }

    public InboundLinks Inbound { get; }

    public InboundAdmission Admission { get; }

    public EvictionChooser Eviction { get; }

    public Capacity Capacity { get; }

    public bool IsStarted { get; set; }

    public bool IsSuspended { get; set; }

    public bool IsStopped { get; set; }

    /// <summary>True when connections may be made and accepted.</summary>
    public bool IsActive => IsStarted && !IsSuspended && !IsStopped;

    /// <summary>Finds the groups for which one more automatic dial is wanted, one bit each.</summary>
    public uint FindWanted() => Options.HasSource && Capacity.HasAutomaticRoom ? Slots.FindLacking() : 0;

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        Slots.AssertConsistent();
        Inbound.AssertConsistent();
        Pump.AssertConsistent(IsActive);
        Debug.Assert(!(Inbound.Regular.Count > Admission.MaxInbound), $"{Inbound.Regular.Count} inbound links, of at most {Admission.MaxInbound}.");
        Debug.Assert(Requests.Count >= Slots.Links + Inbound.Count, $"{Requests.Count} requests with {Slots.Links} automatic and {Inbound.Count} inbound links.");
        Debug.Assert(Trials >= 0 && Trials <= Options.Manager.MaxTrials, $"{Trials} trials, of at most {Options.Manager.MaxTrials}.");
        Debug.Assert(!IsStopped || Requests.Count == 0, $"{Requests.Count} requests are left after the stop.");
        Debug.Assert(!IsStopped || Timers.Count == 0, $"{Timers.Count} timers are left after the stop.");
        if (Requests.Count > LinkList.MostWalkedByAsserts)
            return;
        foreach (var request in Requests.Values)
        {
            Debug.Assert(!request.IsEnded, $"Request {request.Id} has ended, and is in the table.");
            Debug.Assert(
                (request.State == ConnectionState.Established) == (request.Link is { Phase: LinkPhase.Established }),
                $"Request {request.Id} is {request.State}, its link {request.Link?.Phase}.");
            Debug.Assert(request.Link is not { Phase: LinkPhase.None or LinkPhase.Ended }, $"Request {request.Id} has a link that is {request.Link?.Phase}.");
            Debug.Assert(
                request.Link is null || request.Kind == ConnectionKind.Inbound || request.HeapIndex < 0, $"Request {request.Id} waits to be dialled, and has a link.");
        }
    }
}
