using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>The keys of a fleet in Redis. They share a hash tag, so that a cluster keeps them on one node. Immutable.</summary>
internal sealed class FleetKeys(string fleet)
{
    private readonly string _prefix = $"connmgr:{{{fleet}}}:";

    /// <summary>A hash of what <see cref="FleetScripts.Beat"/> names.</summary>
    public RedisKey State => _prefix + "state";

    /// <summary>A sorted set: the tokens of sessions, by their end.</summary>
    public RedisKey Sessions => _prefix + "sessions";

    /// <summary>A hash: the token of the holder by address.</summary>
    public RedisKey Claims => _prefix + "claims";

    /// <summary>A hash: bans, and removals of bans that others may still have, by target.</summary>
    public RedisKey Bans => _prefix + "bans";

    /// <summary>A sorted set: the targets of <see cref="Bans"/> by the end of the ban.</summary>
    public RedisKey BanEnds => _prefix + "ban-ends";

    /// <summary>A sorted set: the last discouraged hosts by time.</summary>
    public RedisKey Discouraged => _prefix + "discouraged";

    /// <summary>A stream of the changes of bans and discouraged hosts.</summary>
    public RedisKey Changes => _prefix + "changes";

    /// <summary>Gets the prefix of the keys of a frontier.</summary>
    public string GetPrefix(string frontier) => $"{_prefix}frontier:{frontier}:";

    /// <summary>All scripts but the first one, which is loaded by its call.</summary>
    public IReadOnlyList<FleetScript> Scripts { get; } = [FleetScripts.Leave, FleetScripts.Claim, FleetScripts.Release, BanScripts.Publish, BanScripts.GetEnd, .. FrontierScripts.All];
}
