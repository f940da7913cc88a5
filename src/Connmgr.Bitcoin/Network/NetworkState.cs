using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>The tables that the parts of one <see cref="PeerNetwork"/> share. Each of them is thread-safe.</summary>
internal sealed class NetworkState
{
    private readonly int _permanentPeers;

    /// <summary>Creates the tables, empty unless the options supply them.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="logger">The network's logger.</param>
    public NetworkState(PeerNetworkOptions options, ILogger logger)
    {
        _permanentPeers = options.PermanentPeers.Count;
        GetTarget = () => options.WantedOutbound;
        Time = options.TimeProvider;
        Clock = new PeerClock(Time);
        SharedHosts = new SharedHosts(ExternalAddresses, Time);
        Reputation = options.Reputation ?? CreateReputation(options.Netgrouper as AsMap);
        Quarantine = new AddressQuarantine(options.Policies.Quarantine, IsOnline, () => Outbound.Count > 0, Time, logger);
        Book = options.Book ?? new AddressBook(new AddressBookOptions { TimeProvider = Time, Netgrouper = options.Netgrouper });
        GetRating = options.GetRating;
        Records = new PeerRecords(Book, Quarantine);
    }

    /// <summary>The clock of the whole network.</summary>
    public TimeProvider Time { get; }

    /// <summary>The address book.</summary>
    public AddressBook Book { get; }

    /// <summary>Bans, scores and discouraged hosts.</summary>
    public PeerReputation Reputation { get; }

    /// <summary>The addresses that rest because of the behaviour of their peers.</summary>
    public AddressQuarantine Quarantine { get; }

    /// <summary>The facts of peers and addresses.</summary>
    public PeerRecords Records { get; }

    /// <summary>The numbers of trials.</summary>
    public TrialTally Trials { get; } = new();

    /// <summary>Rates peers by their facts.</summary>
    public Func<PeerFacts, PeerRating> GetRating { get; }

    /// <summary>The groups of automatic peers, and the traits of connections.</summary>
    public GroupTraits Groups { get; } = new();

    /// <summary>The function that gets the present target of automatic peers. Set before the network starts.</summary>
    public Func<int> GetTarget { get; set; }

    /// <summary>The outbound peers that are connected.</summary>
    public OutboundPeers Outbound { get; } = new();

    /// <summary>The node's addresses, which are never dialled.</summary>
    public OwnAddresses OwnAddresses { get; } = new();

    /// <summary>The addresses at which others can reach this node.</summary>
    public ExternalAddresses ExternalAddresses { get; } = new();

    /// <summary>The addresses of inbound peers, which are not dialled automatically.</summary>
    public InboundHosts InboundHosts { get; } = new();

    /// <summary>The addresses that many peers may have, which get no score.</summary>
    public SharedHosts SharedHosts { get; }

    /// <summary>The time according to outbound peers.</summary>
    public PeerClock Clock { get; }

    /// <summary>Determines whether there are enough outbound peers for a failure to be evidence against an address.</summary>
    /// <remarks>Bitcoin Core's rule: the node is online while it has peers in two netgroups. With fewer peers wanted, fewer suffice.</remarks>
    public bool IsOnline() => Outbound.SpanGroups(Math.Min(GetTarget() + _permanentPeers - 1, 2));

    /// <summary>Determines whether an address leads to this node or to an inbound peer, as far as it is known.</summary>
    public bool IsOwnOrInbound(NetworkEndPoint endPoint) =>
        OwnAddresses.Contains(endPoint) || ExternalAddresses.Contains(endPoint) || InboundHosts.Contains(endPoint.Address);

    private PeerReputation CreateReputation(AsMap? map) => new(new PeerReputationOptions
    {
        IsShared = SharedHosts.Contains,
        Scores = new HostScoresOptions { TimeProvider = Time },
        Bans = new BanList(new BanListOptions
        {
            TimeProvider = Time,
            GetAutonomousSystem = map is null ? null : address => map.GetAutonomousSystem(address),
            IsClockTrusted = Clock.IsTrusted,
        }),
    });
}
