using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Tests.Addresses;

/// <summary>
/// A source on a random book, asked by a manager of which the test knows what it would refuse. Holds after each choice that nothing forbidden was
/// given, and after each outcome that the book learnt it. All from one seed, in virtual time.
/// </summary>
internal sealed class SourceWorld
{
    private static readonly ConnectFailureCause[] Refusals =
    [
        ConnectFailureCause.DuplicateAddress, ConnectFailureCause.RecentlyTried, ConnectFailureCause.GateRefused, ConnectFailureCause.NetgroupLimit,
        ConnectFailureCause.NetworkOutage,
    ];

    private static readonly ConnectFailureCause[] Outcomes =
    [
        ConnectFailureCause.None, ConnectFailureCause.None, ConnectFailureCause.Refused, ConnectFailureCause.Timeout, ConnectFailureCause.ProtocolViolation,
        ConnectFailureCause.Canceled, ConnectFailureCause.Superseded, ConnectFailureCause.Stopped, ConnectFailureCause.ProxyUnreachable,
        ConnectFailureCause.Unknown,
    ];

    private readonly Random _random;
    private readonly BookWorld _world;
    private readonly AddressBookSource _source;
    private readonly Dictionary<NetworkEndPoint, ConnectFailureCause> _refused = [];
    private readonly HashSet<NetworkEndPoint> _excluded = [];
    private readonly List<NetworkEndPoint> _known = [];
    private readonly SortedDictionary<string, int> _reached;
    private readonly ulong _required;
    private readonly bool _isSparse;
    private ImmutableArray<OutboundGroup> _wanted = [new("any", 1)];
    private bool _isOnline = true;

    public SourceWorld(int seed, SortedDictionary<string, int> reached)
    {
        _random = new Random(seed);
        _reached = reached;
        _world = new BookWorld(seed: seed);
        _required = _random.Next(2) == 0 ? 9UL : 0;
        _isSparse = _random.Next(4) == 0;
        _source = new AddressBookSource(_world.Book, new()
        {
            Networks = SomeNetworks(),
            RequiredServices = _required,
            IsExcluded = _excluded.Contains,
            IsOnline = () => _isOnline,
        });
    }

    public void Run(int events)
    {
        for (var i = 0; i < events; i++)
            OneEvent();
        FindWhatIsAllowed();
    }

    private void OneEvent()
    {
        switch (_random.Next(20))
        {
            case < 5 when !_isSparse || _random.Next(20) == 0: Add(); break;
            case 5: _source.Networks = SomeNetworks(); break;
            case 6: _isOnline = _random.Next(3) != 0; break;
            case 16 when _random.Next(3) == 0: _wanted = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(AnyGroup)]; break;
            case 7: Anchor(); break;
            case < 11 when _known.Count > 0: Forbid(); break;
            case < 13: _world.Clock.Advance(TimeSpan.FromSeconds(_random.Next(1, 1000))); break;
            case 13: Test(); break;
            case 14 when !_isSparse && _random.Next(5) == 0: Collide(); break;
            default: Take(_source.Choose(Request(ConnectionKind.Automatic), _source.Networks)); break;
        }
    }

    private AddressNetworks SomeNetworks() => (AddressNetworks)_random.Next(1, (int)AddressNetworks.All + 1);

    private OutboundGroup AnyGroup(int index) => new($"{index}", 1)
    {
        Traits = _random.Next(3) switch { 0 => 0, 1 => BookWorld.Services, _ => BookWorld.Services | (UInt128.One << 64) },
        Networks = _random.Next(2) == 0 ? AddressNetworks.All : SomeNetworks(),
    };

    private bool IsWanted(in PeerAddress address)
    {
        var (network, services) = (address.EndPoint.Address.Network.ToSet(), address.Services);
        return _wanted.Any(group => group.Networks.HasFlag(network) && ((ulong)(group.Traits & ulong.MaxValue) & ~services) == 0);
    }

    private void Add()
    {
        var address = NewAddress();
        if (_world.Book.Add(address, BookWorld.Any(_random).Address))
            _known.Add(address.EndPoint);
    }

    private PeerAddress NewAddress()
    {
        var endPoint = BookWorld.Any(_random);
        if (_random.Next(4) == 0)
            endPoint = endPoint with { Port = 22 };
        return new PeerAddress(endPoint, _random.Next(4) == 0 ? 1UL : BookWorld.Services, _world.Now);
    }

    private void Anchor()
    {
        var address = NewAddress();
        var isAllowed = _source.Networks.Has(AddressNetworkTable.IndexOf(address.EndPoint.Address.Network)) && (address.Services & _required) == _required;
        var isOfUse = isAllowed;
        isAllowed &= IsWanted(address);
        _source.Prioritize([address]);
        var chosen = _source.Choose(Request(ConnectionKind.Automatic), _source.Networks);
        Assert.Equal(isAllowed, chosen is { IsAnchor: true } && chosen.EndPoint == address.EndPoint); // Otherwise one that had waited.
        Count(isAllowed ? "anchor" : isOfUse ? "anchor that waits" : "anchor dropped");
        Take(chosen);
    }

    private void Forbid()
    {
        var endPoint = _known[_random.Next(_known.Count)];
        switch (_random.Next(4))
        {
            case 0:
                _excluded.Add(endPoint);
                break;
            case 1:
                _excluded.Remove(endPoint);
                _refused.Remove(endPoint);
                break;
            default:
                _refused[endPoint] = Refusals[_random.Next(Refusals.Length)];
                break;
        }
    }

    private void Test()
    {
        var chosen = _source.ChooseFeeler(Request(ConnectionKind.OneOff));
        if (chosen is null)
            return;
        Count(chosen.Entry.IsTried ? "test of a tried one" : "test of a new one");
        CheckAllowed(chosen, requiredServices: 0);
        Report(chosen);
    }

    private void Collide()
    {
        var (old, claimant) = _world.Collide((byte)_random.Next(256));
        _known.AddRange([old, claimant]);
        Test();
    }

    private void Take(AddressBookCandidate? chosen)
    {
        if (chosen is null)
        {
            Count("none");
            return;
        }

        CheckAllowed(chosen, _required);
        Assert.True(chosen.IsAnchor || IsWanted(chosen.Entry.Address), "No group wants it.");
        Count(_wanted is [{ Traits: var traits, Networks: AddressNetworks.All }] && traits == 0 ? "one group for all" : "groups");
        Count(chosen.Entry.LastAttempt is { } at && _world.Now - at < TimeSpan.FromMinutes(10) ? "tried lately" : "not tried lately");
        Count(chosen.EndPoint is { Port: 22, Address.Network: AddressNetwork.IPv4 or AddressNetwork.IPv6 } ? "bad port" : "good port");
        Report(chosen);
    }

    private void CheckAllowed(AddressBookCandidate chosen, ulong requiredServices)
    {
        Assert.True(_source.Networks.Has(AddressNetworkTable.IndexOf(chosen.EndPoint.Address.Network)), "Of a network that is not reached.");
        Assert.False(_refused.ContainsKey(chosen.EndPoint), "The manager had said that it would refuse it.");
        Assert.DoesNotContain(chosen.EndPoint, _excluded);
        Assert.Equal(requiredServices, chosen.Entry.Address.Services & requiredServices);
    }

    private void Report(AddressBookCandidate chosen)
    {
        var cause = Outcomes[_random.Next(Outcomes.Length)];
        var counts = cause is ConnectFailureCause.Refused or ConnectFailureCause.Timeout or ConnectFailureCause.ProtocolViolation && _random.Next(3) != 0;
        var isKnown = _world.Book.TryGet(chosen.EndPoint, out var before);
        _source.ReportOutcome(new AttemptOutcome
        {
            RequestId = 1,
            EndPoint = chosen.EndPoint.ToEndPoint(),
            Tag = chosen,
            Cause = cause,
            Phase = cause == ConnectFailureCause.None ? ConnectPhase.None : ConnectPhase.Tcp,
            CountsAgainstAddress = counts,
        });
        if (!isKnown)
            return;
        Assert.True(_world.Book.TryGet(chosen.EndPoint, out var after));
        switch (cause)
        {
            case ConnectFailureCause.None:
                Assert.Equal(_world.Now, after.LastSuccess);
                break;
            case ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped or ConnectFailureCause.ProxyUnreachable:
                Assert.Equal(before, after);
                break;
            default:
                Assert.Equal(_world.Now, after.LastAttempt);
                Assert.InRange(after.FailedAttempts - before.FailedAttempts, 0, counts && _isOnline ? 1 : 0);
                Count(after.FailedAttempts > before.FailedAttempts ? "counted failure" : _isOnline ? "failure" : "failure while offline");
                break;
        }
    }

    /// <summary>As long as anything is allowed, asking again and again, as the source itself does, finds it.</summary>
    private void FindWhatIsAllowed()
    {
        if (!_world.Book.GetEntries(_source.Networks).Any(IsAllowed))
        {
            Count("nothing is allowed");
            AddressBookCandidate? chosen;
            while ((chosen = _source.Choose(Request(ConnectionKind.Automatic), _source.Networks)) is { IsAnchor: true })
                CheckAllowed(chosen, _required); // It waited until a group wanted it, and is not in the book.
            Assert.Null(chosen);
            return;
        }

        Count("something is allowed");
        var end = _world.Now + TimeSpan.FromHours(1);
        while (_source.Choose(Request(ConnectionKind.Automatic), _source.Networks) is null)
        {
            _world.Clock.Advance(TimeSpan.FromSeconds(5));
            Assert.True(_world.Now < end, "An address that is allowed was not found within an hour.");
        }
    }

    private bool IsAllowed(AddressEntry entry) =>
        !_refused.ContainsKey(entry.EndPoint) && !_excluded.Contains(entry.EndPoint) && (entry.Address.Services & _required) == _required && IsWanted(entry.Address);

    private CandidateRequest Request(ConnectionKind kind) => new(kind, GetRefusal, networks: null, () => _wanted);

    private ConnectFailureCause GetRefusal(EndPoint endPoint)
    {
        foreach (var (refused, cause) in _refused)
        {
            if (endPoint.Equals(refused.ToEndPoint()))
                return cause;
        }

        return ConnectFailureCause.None;
    }

    private void Count(string what) => _reached[what] = _reached.GetValueOrDefault(what) + 1;
}
