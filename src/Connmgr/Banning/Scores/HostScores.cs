namespace Connmgr;

/// <summary>
/// The scores of misbehaving hosts. They outlast connections, so a new connection does not reset them. Each works like a
/// <see cref="DynamicBanScore"/>. <see cref="NetworkSubnet.FromHost"/> defines a host: IPv6 addresses count by /64. The caller takes the
/// resulting actions: see <see cref="PeerReputation"/>.
/// </summary>
/// <remarks>
/// <para>
/// Memory is bounded, whatever attackers do: at most <see cref="HostScoresOptions.Capacity"/> hosts are remembered, in buckets of 16. In a
/// full bucket the lowest score makes room, but never for a lower one. A host that finds no room is evaluated by its latest misbehaviour
/// alone.
/// </para>
/// <para>Thread safety: all members may be called from any thread at any time. Only the first host of a bucket allocates.</para>
/// </remarks>
public sealed class HostScores
{
    /// <summary>The number of hosts per bucket. In a full bucket the lowest score makes room.</summary>
    internal const int EntriesPerBucket = 16;

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private readonly long _origin;
    private readonly long _frequency;
    private readonly INetgrouper? _netgrouper;
    private readonly ScoreThresholds _thresholds;
    private readonly ScoreThresholds _netgroupThresholds;

    // Guarded by _lock.
    private readonly ScoreTable<NetworkSubnet> _hosts;
    private readonly ScoreTable<Netgroup>? _netgroups;
    private long _lastSecond;

    /// <summary>Creates an empty set of scores.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public HostScores(HostScoresOptions? options = null)
    {
        options ??= new HostScoresOptions();
        OptionsErrors.ThrowIfAny(options);
        _timeProvider = options.TimeProvider;
        _origin = _timeProvider.GetTimestamp();
        _frequency = _timeProvider.TimestampFrequency;
        _netgrouper = options.Netgrouper;
        _thresholds = options.Thresholds;
        _netgroupThresholds = options.NetgroupThresholds;
        var retention = (long)options.Retention.TotalSeconds;
        _hosts = new(options.Capacity, retention);
        _netgroups = _netgrouper is null ? null : new(options.Capacity, retention);
    }

    /// <summary>The number of remembered hosts, from 0 to <see cref="HostScoresOptions.Capacity"/>.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _hosts.Count;
        }
    }

    /// <summary>Evaluates the points of a host.</summary>
    /// <param name="points">The points.</param>
    /// <returns>The action.</returns>
    internal MisbehaviorAction Evaluate(uint points) => _thresholds.Evaluate(points);

    /// <summary>Adds to the score of a host, and to that of its netgroup.</summary>
    /// <param name="address">The address of the host.</param>
    /// <param name="misbehavior">The misbehaviour with its points.</param>
    /// <returns>The resulting score, and the action.</returns>
    public HostScore Increase(in NetworkAddress address, in Misbehavior misbehavior) => Increase(address, misbehavior.Persistent, misbehavior.Transient);

    /// <summary>Adds to the score of a host, and to that of its netgroup.</summary>
    /// <param name="address">The address of the host.</param>
    /// <param name="persistent">Points that stay until the host is forgotten.</param>
    /// <param name="transient">Points that decay.</param>
    /// <returns>The resulting score, and the action.</returns>
    internal HostScore Increase(in NetworkAddress address, uint persistent, uint transient)
    {
        var host = NetworkSubnet.FromHost(address);
        var group = GetGroup(address);
        lock (_lock)
        {
            var second = ElapsedSeconds();
            var score = _hosts.Increase(host, persistent, transient, second);
            return Judge(score, group is { } netgroup ? _netgroups!.Increase(netgroup, persistent, transient, second) : 0);
        }
    }

    /// <summary>Gets the current score of a host.</summary>
    /// <param name="address">The address of the host.</param>
    /// <returns>The score, and the action that it calls for; 0 if the host is not known.</returns>
    public HostScore Get(in NetworkAddress address)
    {
        var host = NetworkSubnet.FromHost(address);
        var group = GetGroup(address);
        lock (_lock)
        {
            var second = ElapsedSeconds();
            return Judge(_hosts.Get(host, second), group is { } netgroup ? _netgroups!.Get(netgroup, second) : 0);
        }
    }

    /// <summary>Forgets a host. Its points remain in the score of its netgroup.</summary>
    /// <param name="address">The address of the host.</param>
    /// <returns>False if it was not known.</returns>
    public bool Reset(in NetworkAddress address)
    {
        var host = NetworkSubnet.FromHost(address);
        lock (_lock)
            return _hosts.Remove(host);
    }

    private HostScore Judge(uint score, uint netgroupScore)
    {
        var (own, netgroups) = (_thresholds.Evaluate(score), _netgroupThresholds.Evaluate(netgroupScore));
        return new(score, netgroupScore, own > netgroups ? own : netgroups);
    }

    /// <summary>Finds the netgroup of an address. Called before the lock is taken, because a netgrouper is user code.</summary>
    private Netgroup? GetGroup(in NetworkAddress address) => _netgrouper?.GetGroup(address) is { IsExempt: false } group ? group : null;

    // A timestamp that goes backwards must not raise a score: it counts as no elapsed time.
    private long ElapsedSeconds() => _lastSecond = Math.Max(_lastSecond, (_timeProvider.GetTimestamp() - _origin) / _frequency);
}
