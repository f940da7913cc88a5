namespace Connmgr.Bitcoin;

/// <summary>
/// Closes connections that are no longer allowed: those that a new ban matches, and those of a host that was just discouraged. One pass
/// over the connections serves all changes made meanwhile, however many there are. Thread-safe.
/// </summary>
internal sealed class ReputationEnforcer : IAsyncDisposable
{
    /// <summary>The most hosts per pass. Beyond that, the other connections of a discouraged host stay.</summary>
    private const int MaxHosts = 1000;

    private readonly Lock _lock = new();
    private readonly ConnectionManager _connections;
    private readonly PeerReputation _reputation;

    // Guarded by _lock.
    private readonly HashSet<NetworkSubnet> _discouraged = []; // The hosts to close since the last pass; at most MaxHosts.
    private bool _hasBans; // True if there are new bans since the last pass.
    private Task _pass = Task.CompletedTask; // The pass under way; complete if there is none.
    private bool _isDisposed;

    public ReputationEnforcer(ConnectionManager connections, PeerReputation reputation)
    {
        _connections = connections;
        _reputation = reputation;
        reputation.Bans.Changed += OnBansChanged;
        reputation.Discouraged.Added += OnDiscouraged;
    }

    /// <summary>
    /// Determines whether misbehavior counts against the host of a peer. Bitcoin Core's rule: not with the permission, nor for a peer that
    /// the user named.
    /// </summary>
    public static bool IsAccountable(Connection connection) =>
        !connection.Permissions.HasFlag(ConnectionPermissions.NoBan)
        && PeerNetwork.GetPurpose(connection) is not (PeerPurpose.Permanent or PeerPurpose.OneOff);

    public async ValueTask DisposeAsync()
    {
        _reputation.Bans.Changed -= OnBansChanged;
        _reputation.Discouraged.Added -= OnDiscouraged;
        Task pass;
        lock (_lock)
        {
            _isDisposed = true;
            pass = _pass;
        }

        await pass.ConfigureAwait(false);
    }

    private void OnBansChanged(object? sender, BansChangedEventArgs change)
    {
        if (change.Kind == BanChangeKind.Added)
            Request(discouraged: null);
    }

    private void OnDiscouraged(object? sender, HostDiscouragedEventArgs discouraged) => Request(discouraged.Host);

    private void Request(NetworkSubnet? discouraged)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            if (discouraged is not { } host)
                _hasBans = true;
            else if (_discouraged.Count < MaxHosts)
                _discouraged.Add(host);
            if (_pass.IsCompleted)
                _pass = Task.Run(PassAsync);
        }
    }

    private async Task PassAsync()
    {
        while (TakeWork() is var (hasBans, hosts))
        {
            if (hasBans)
                await _connections.RecheckGateAsync().ConfigureAwait(false);
            if (hosts.Count > 0)
                await CloseAsync(hosts).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes the work to do. Null, when there is none, ends the pass under the same lock, so that the next request starts another pass and
    /// no work is lost.
    /// </summary>
    private (bool HasBans, HashSet<NetworkSubnet> Hosts)? TakeWork()
    {
        lock (_lock)
        {
            if (!_hasBans && _discouraged.Count == 0)
            {
                _pass = Task.CompletedTask;
                return null;
            }

            var work = (_hasBans, _discouraged.ToHashSet());
            _hasBans = false;
            _discouraged.Clear();
            return work;
        }
    }

    private async Task CloseAsync(HashSet<NetworkSubnet> hosts)
    {
        var snapshot = await _connections.GetSnapshotAsync().ConfigureAwait(false);
        foreach (var connection in snapshot.Connections.Select(static each => each.Connection))
        {
            if (IsAccountable(connection) && !(connection is { IsOnion: true, Direction: ConnectionDirection.Inbound })
                && NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var peer) && hosts.Contains(NetworkSubnet.FromHost(peer.Address)))
            {
                connection.Close("its host was discouraged");
            }
        }
    }
}
