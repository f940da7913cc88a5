using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>
/// Everything around the rules for one random sequence: it answers their effects in any way an outside world may, and checks their
/// invariants after each event. All of it depends on one seed, in virtual time.
/// </summary>
internal sealed partial class RulesWorld
{
    public const int MaxTarget = 6;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly ConnectFailureCause[] Causes =
    [
        ConnectFailureCause.Refused, ConnectFailureCause.Timeout, ConnectFailureCause.Timeout, ConnectFailureCause.Timeout, ConnectFailureCause.Unreachable,
        ConnectFailureCause.Unknown, ConnectFailureCause.Reset, ConnectFailureCause.NameNotFound, ConnectFailureCause.ProxyUnreachable,
    ];

    private readonly Random _random;
    private readonly RulesOptions _options;
    private readonly IdSequence _ids = new();
    private readonly ConnectionRules _rules;
    private readonly PairCounter _pairs;
    private readonly HashSet<EndPoint> _banned = [];
    private readonly List<Request> _known = [];
    private readonly HashSet<Request> _ended = [];
    private readonly Dictionary<Request, ConnectionState> _states = [];
    private readonly List<Link> _running = [];
    private readonly List<Link> _late = [];
    private readonly List<Link> _established = [];
    private readonly HashSet<Link> _closed = [];
    private readonly Dictionary<EndPoint, TimeSpan> _restsFrom = [];
    private readonly Dictionary<EndPoint, (int Times, TimeSpan At)> _short = [];
    private readonly HashSet<EndPoint> _keys = [];
    private readonly bool _hasOutages;

    /// <summary>True when most attempts succeed, and the manager runs nearly always, so that there are connections for the groups to share.</summary>
    private readonly bool _isLively;

    private TimeSpan _now = TimeSpan.FromSeconds(1);
    private bool _isAsking;
    private bool _isAskedForOneOff;
    private bool _isAskCanceled;
    private ConnectFailureCause? _hint;
    private bool _isNotified;
    private bool _isStarted;
    private bool _isStopped;
    private bool _isSuspended;
    private bool _isCooperative;
    private int _candidates;
    private int _reports;
    private int _refusedInRow;
    private TimeSpan _mayAskFrom;
    private double _dialLevel;
    private TimeSpan _dialLevelAt;
    private int _fresh;
    private int _endsToReport;

    public RulesWorld(int seed, PairCounter pairs)
    {
        _random = new Random(seed);
        _pairs = pairs;
        _hasOutages = _random.Next(3) == 0;
        var hasTightBucket = _random.Next(3) == 0;
        _isCrowded = !_hasOutages && _random.Next(4) == 0;
        _isLively = !_hasOutages && _random.Next(2) == 0;
        _hasTwoProfiles = _random.Next(2) == 0;
        var options = new RulesOptions
        {
            Manager = new()
            {
                MaxTrials = _random.Next(4),
                MaxInbound = _isCrowded ? _random.Next(22, 36) : _random.Next(3) == 0 ? null : _random.Next(4),
                InboundLimits = SomeLimits(_random, _isCrowded, _random.Next(3) == 0 ? MaxTarget + (_isCrowded ? 24 : 4) + _random.Next(10) : null),
                AddressSource = _isLively || _random.Next(20) != 0 ? new FakeSource(static () => null) : null,
                Handshake = _random.Next(_isLively ? 12 : 3) != 0 ? static (_, _) => default : null,
                RetryDuration = Retry,
                MaxRetryDuration = TimeSpan.FromSeconds(20),
                DialTimeout = TimeSpan.FromSeconds(5),
                ProxyDialTimeout = TimeSpan.FromSeconds(60),
                HandshakeTimeout = TimeSpan.FromSeconds(10),
                DialHedgeDelay = TimeSpan.FromMilliseconds(200),
                ProxyDialHedgeDelay = TimeSpan.FromSeconds(2),
                MaxHedgedDials = _random.Next(4) * 2,
                DialBurst = hasTightBucket ? _random.Next(1, 6) : null,
                DialsPerSecond = hasTightBucket ? 2 : null,
                MaxOutboundPerNetgroup = 1 + _random.Next(2),
                AllowDuplicateAddresses = _random.Next(10) == 0,
            },
            Gate = (endPoint, _) => _banned.Contains(endPoint) ? GateVerdict.Refuse
                : endPoint is IPEndPoint ip && _discouraged.Contains(ip.Address) ? GateVerdict.Discourage
                : GateVerdict.Allow,
            GetProxy = endPoint => endPoint is IPEndPoint { Port: 9999 } ? "proxy" : null,
            GetGroup = _random.Next(3) == 0 ? OneOperator : Netgroup.FromEndPoint,
            NetgroupKey = (UInt128)(uint)seed,
            Random = new Random(seed),
        };
        _options = options;
        (options.Manager.OutboundGroups, options.Manager.TargetOutbound) = SomeGroups() switch
        {
            { IsImplicit: true } one => ([], one.Target),
            var groups => (groups.All, options.Manager.TargetOutbound),
        };
        _rules = new ConnectionRules(_options, _ids);
        _inbound = new InboundModel(_options);
        _groups = new GroupModel(_options, pairs);
        NoteGroups();
    }

    public void Run(int events)
    {
        if (_hasOutages || _isLively)
            Start();
        for (var i = 0; i < events; i++)
        {
            OneEvent();
            CheckTables();
        }

        if (_isStopped)
            CheckNothingIsLeft();
        else
        {
            Recover();
            Do(RulesEvent.Stop, () => _rules.Stop(_now));
            CheckNothingIsLeft();
        }
    }

    private void OneEvent()
    {
        if (InboundEvent() || GroupEvent())
            return;
        if (_isLively && _random.Next(2) == 0)
        {
            Proceed();
            return;
        }

        // Rare events first; then what is most of a manager's life. Where outages are to be seen, an outage comes before what would prevent it.
        switch (_hasOutages && !_rules.IsOutage ? _random.Next(20, 100) : _random.Next(100))
        {
            case < 2: Start(); break;
            case < 3 when !_isLively || _random.Next(10) == 0: Suspend(); break;
            case < 6: Resume(); break;
            case < 7 when _random.Next(_isLively ? 30 : 3) == 0: Do(RulesEvent.Stop, Stop); break;
            case < 9: SetGroups(); break;
            case < 11: SetMaxInbound(); break;
            case < 12: Do(RulesEvent.NetworkChanged, () => _rules.NetworkChanged(_now)); break;
            case < 15: Notify(); break;
            case < 17: Ban(); break;
            case < 23: Connect(); break;
            case < 26: Do(RulesEvent.ConnectFromSource, () => _rules.ConnectFromSource(Know(new Request(_ids.Next(), ConnectionKind.OneOff, null)), _now)); break;
            case < 31: Disconnect(triggerReconnect: false); break;
            case < 36: Disconnect(triggerReconnect: true); break;
            case < 40: Remove(); break;
            case < 45: Accept(); break;
            case < 55 when _isAsking: Answer(); break;
            case < 72 when _running.Count > 0: Return(_running, late: false); break;
            case >= 77 and < 90 when IsOut && _running.Count > 0: Return(_running, late: false); break;
            case < 77 when _late.Count > 0: Return(_late, late: true); break;
            case < 85 when _established.Count > 0: HandlerEnds(); break;
            default: Pass(); break;
        }
    }

    /// <summary>Does what is next, as it mostly goes: what runs returns, and the source answers.</summary>
    private void Proceed()
    {
        if (_isAsking && _random.Next(2) == 0)
            Answer();
        else if (_running.Count > 0)
            Return(_running, late: false);
        else if (_late.Count > 0)
            Return(_late, late: true);
        else
            Pass();
    }
}
