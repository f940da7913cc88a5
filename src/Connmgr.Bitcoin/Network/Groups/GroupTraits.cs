using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Translates the groups of a network into those of its connection manager. The low 64 bits of the traits are services. Each of the others
/// stands for a lowest protocol version that a group asks for, and the last for the encrypted transport. Tells each connection its traits,
/// again when the versions change.
/// Thread-safe.
/// </summary>
internal sealed class GroupTraits
{
    private const int ServiceBits = 64;

    /// <summary>The number of versions: twice those of the groups, since the bits of the groups before a change stay in use until its end.</summary>
    private const int VersionBits = 2 * PeerGroup.MaxVersions;

    private static readonly UInt128 IsEncrypted = UInt128.One << 127;

    private readonly Lock _lock = new();

    /// <summary>The claims of the peers of connections, from which their traits follow. Does not keep connections alive. Guarded by _lock.</summary>
    private readonly ConditionalWeakTable<Connection, PeerClaims> _peers = [];

    private readonly int[] _versions = new int[VersionBits]; // By bit; 0 for a bit without a version. Guarded by _lock.
    private ImmutableArray<PeerGroup> _groups = []; // Guarded by _lock.

    /// <summary>The groups; empty for one without requirements.</summary>
    public ImmutableArray<PeerGroup> Groups
    {
        get
        {
            lock (_lock)
                return _groups;
        }
    }

    /// <summary>True when a group keeps block-relay-only peers.</summary>
    public bool HasBlockRelay => Groups.Any(static group => group.Target > 0 && string.Equals(group.Profile.Name, PeerProfile.BlockRelayName, StringComparison.Ordinal));

    /// <summary>Changes the groups, and tells the connections their traits by them.</summary>
    /// <returns>The groups for the manager.</returns>
    public ImmutableArray<OutboundGroup> SetGroups(ImmutableArray<PeerGroup> groups)
    {
        lock (_lock)
        {
            SetVersions(_groups.Concat(groups).Select(static group => group.MinimumVersion).Where(static version => version > 0).ToHashSet());
            _groups = groups;
            foreach (var (connection, claims) in _peers)
                connection.SetTraits(GetTraits(claims));
            return [.. groups.Select(ToOutboundGroup)];
        }
    }

    /// <summary>Tells a connection its traits, by its transport and the version message of its peer.</summary>
    public void Learn(Connection connection, VersionMessage version, PeerTransport transport)
    {
        var claims = new PeerClaims(version, transport);
        lock (_lock)
        {
            _peers.AddOrUpdate(connection, claims);
            connection.SetTraits(GetTraits(claims));
        }
    }

    /// <summary>Gives each version a bit. A version that has one keeps it.</summary>
    private void SetVersions(HashSet<int> used)
    {
        for (var bit = 0; bit < VersionBits; bit++)
        {
            if (!used.Remove(_versions[bit]))
                _versions[bit] = 0;
        }

        foreach (var version in used)
            _versions[Array.IndexOf(_versions, 0)] = version;
    }

    private UInt128 GetTraits(PeerClaims claims)
    {
        var version = claims.Version;
        var traits = (ulong)version.Services | (claims.Transport == PeerTransport.V2 ? IsEncrypted : UInt128.Zero);
        for (var bit = 0; bit < VersionBits; bit++)
        {
            if (_versions[bit] != 0 && version.ProtocolVersion >= _versions[bit])
                traits |= UInt128.One << (ServiceBits + bit);
        }

        return traits;
    }

    private OutboundGroup ToOutboundGroup(PeerGroup group) => new(group.Name, group.Target)
    {
        Traits = (ulong)group.NeededServices
            | (group.MinimumTransport == PeerTransport.V2 ? IsEncrypted : UInt128.Zero)
            | (group.MinimumVersion > 0 ? UInt128.One << (ServiceBits + Array.IndexOf(_versions, group.MinimumVersion)) : UInt128.Zero),
        Networks = group.Networks,
        Profile = group.Profile.Name,
    };

    /// <summary>The transport of a connection, and the claims of its peer.</summary>
    private sealed record PeerClaims(VersionMessage Version, PeerTransport Transport);
}
