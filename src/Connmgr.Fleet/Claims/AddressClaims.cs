using System.Net;
using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>
/// The addresses that this process of a fleet dials or is connected to. No other process dials them meanwhile. A claim lasts until it is
/// released, and at the latest until <see cref="FleetOptions.LeaseDuration"/> after the process has died.
/// </summary>
/// <remarks>
/// While Redis does not answer, connections stay and nothing is claimed, so nothing is dialled. A process that was away for longer than a
/// lease closes the connections whose addresses others have claimed since. Thread safety: all members may be called from any thread at any
/// time.
/// </remarks>
public sealed class AddressClaims
{
    private const int BatchSize = 500;
    private const int MaxKnown = 100_000;

    private readonly FleetConnection _fleet;
    private readonly WakeUp _work = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _releasing;
    private readonly Lock _lock = new();
    private long _refused; // The claims that were refused since TakeRefused, because Redis was away. Interlocked.

    // Guarded by _lock.
    private readonly Dictionary<string, Holding> _held = new(StringComparer.Ordinal);
    private readonly HashSet<string> _toRelease = new(StringComparer.Ordinal); // Claimed in Redis, but not held any more.
    private readonly Dictionary<string, int> _asked = new(StringComparer.Ordinal); // The claims under way, by address: none is released meanwhile.
    private readonly HashSet<string> _releasedNow = new(StringComparer.Ordinal); // Those that the release under way names.
    private Task _release = Task.CompletedTask; // The release under way.
    private readonly Dictionary<string, long> _elsewhere = new(StringComparer.Ordinal); // Held by others: the timestamp of the answer.

    internal AddressClaims(FleetConnection fleet)
    {
        _fleet = fleet;
        _releasing = Task.Run(() => ReleaseAsync(_stop.Token));
    }

    /// <summary>The number of addresses that this process holds.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    /// <summary>Claims an address for this process. An address may be claimed several times; it is then released as often.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="onLost">
    /// The callback for the loss of the claim: another process has claimed the address while this one was away from Redis. Called once at
    /// most, on a thread of the pool; must be fast. An exception is ignored. Null for none.
    /// </param>
    /// <param name="cancellationToken">Gives up. The address is then released.</param>
    /// <returns>The claim, which is released by its disposal; null if another process holds the address.</returns>
    /// <exception cref="FleetUnavailableException">Nothing can be claimed now: see <see cref="FleetConnection.CanBegin"/>.</exception>
    public async ValueTask<IDisposable?> TryClaimAsync(EndPoint endPoint, Action? onLost = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var key = GetKey(endPoint);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_fleet.CanBegin)
            {
                Interlocked.Increment(ref _refused);
                _fleet.Metrics.ClaimUnavailable();
                throw new FleetUnavailableException("Redis does not answer, or accepts renewals only: no address can be claimed.");
            }

            var session = _fleet.Current;
            Task? release = null;
            lock (_lock)
            {
                if (_held.TryGetValue(key, out var present))
                    return present.Add(onLost);
                _toRelease.Remove(key);
                if (_releasedNow.Contains(key))
                    release = _release;
                else
                    _asked[key] = _asked.GetValueOrDefault(key) + 1;
            }

            if (release is not null)
            {
                await release.WaitAsync(cancellationToken).ConfigureAwait(false); // It must not come after the claim.
                continue;
            }

            bool? isGranted = null; // Null when Redis did not answer, and may have granted it.
            var call = _fleet.EvaluateAsync(FleetScripts.Claim, Keys, [session.Token, 0, key]);
            try
            {
                isGranted = ((int[])(await call.WaitAsync(cancellationToken).ConfigureAwait(false))!)[0] != 0;
            }
            catch (OperationCanceledException)
            {
                LateTask.Observe(call);
                throw;
            }
            finally
            {
                if (isGranted is null)
                    EndClaim(key, mayBeGranted: true);
            }

            if (isGranted == false)
                _fleet.Metrics.ClaimHeldElsewhere();
            lock (_lock)
            {
                var isCurrent = _fleet.Current == session; // Otherwise Redis may have forgotten the claim already.
                EndClaim(key, mayBeGranted: isGranted == true && !isCurrent);
                if (isGranted == false)
                {
                    NoteElsewhere(key);
                    return null;
                }

                if (isCurrent)
                    return (_held.TryGetValue(key, out var holding) ? holding : Hold(key)).Add(onLost);
            }
        }
    }

    /// <summary>
    /// Determines whether another process was found to hold an address within the last lease period. A hint, which asks Redis for nothing.
    /// </summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>True if it need not be tried now.</returns>
    public bool IsHeldElsewhere(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        lock (_lock)
        {
            if (_elsewhere.Count == 0)
                return false;
        }

        var key = GetKey(endPoint);
        lock (_lock)
        {
            if (!_elsewhere.TryGetValue(key, out var since))
                return false;
            if (_fleet.Clock.GetElapsedTime(since) < _fleet.LeaseDuration)
                return true;
            _elsewhere.Remove(key);
            return false;
        }
    }

    /// <summary>
    /// Wraps an address source: it offers only addresses that this process has claimed, and none while nothing can be claimed. The claim is
    /// released when the attempt has ended; <see cref="Wrap(Func{EndPoint, CancellationToken, ValueTask{Stream}})"/> keeps it as long as the
    /// connection lasts. Use both.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <returns>The source for <see cref="ConnectionManagerOptions.AddressSource"/>.</returns>
    public IAddressSource Wrap(IAddressSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ClaimedSource(source, _fleet);
    }

    /// <summary>
    /// Wraps a dialler: it dials only addresses that this process has claimed, for all purposes. The claim is released when the
    /// stream is disposed. Where another process holds the address, or nothing can be claimed now, it throws a
    /// <see cref="ConnectFailedException"/> that is no evidence against the address.
    /// </summary>
    /// <param name="dial">The dialler.</param>
    /// <returns>The dialler for <see cref="ConnectionManagerOptions.Dial"/>.</returns>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>> Wrap(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial)
    {
        ArgumentNullException.ThrowIfNull(dial);
        return new ClaimedDialer(dial, this).DialAsync;
    }

    /// <summary>Gets the number of claims that were refused because Redis was away, since the last call.</summary>
    internal long TakeRefused() => Interlocked.Exchange(ref _refused, 0);

    /// <summary>Claims everything again that is held: in a new session, or of a server that may have forgotten it.</summary>
    internal async Task ReclaimAsync(string token, CancellationToken cancellationToken)
    {
        string[] keys;
        lock (_lock)
        {
            keys = [.. _held.Keys];
        }

        var count = 0;
        foreach (var batch in keys.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisValue[] values = [token, 1, .. batch.Select(static key => (RedisValue)key)];
            var answer = (int[])(await _fleet.CallAsync(() => _fleet.Database.ScriptEvaluateAsync(FleetScripts.Claim.Hash, Keys, values)).ConfigureAwait(false))!;
            List<Holding> lost = [];
            lock (_lock)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    if (answer[i] == 0 && _held.Remove(batch[i], out var holding))
                    {
                        lost.Add(holding);
                        NoteElsewhere(batch[i]);
                    }
                    else if (answer[i] != 0 && !_held.ContainsKey(batch[i]))
                    {
                        _toRelease.Add(batch[i]); // Released while it was claimed again.
                    }
                }
            }

            count += lost.Count;
            foreach (var holding in lost)
                holding.Lose();
        }

        if (count > 0)
            FleetLog.ClaimsLost(_fleet.Logger, count);
    }

    internal async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _releasing.ConfigureAwait(false);
        _stop.Dispose();
    }

    private RedisKey[] Keys => [_fleet.Keys.State, _fleet.Keys.Sessions, _fleet.Keys.Claims];

    internal static string GetKey(EndPoint endPoint) =>
        NetworkEndPoint.TryFromEndPoint(endPoint, out var address) ? address.ToString() : EndPointText.Format(endPoint).ToLowerInvariant();

    private Holding Hold(string key)
    {
        var holding = new Holding(this, key);
        _held.Add(key, holding);
        _toRelease.Remove(key); // A claim that was under way when the last one was released.
        return holding;
    }

    /// <summary>Notes that a claim is not under way any more.</summary>
    private void EndClaim(string key, bool mayBeGranted)
    {
        lock (_lock)
        {
            if (--_asked[key] == 0)
                _asked.Remove(key);
            if (mayBeGranted && !_held.ContainsKey(key))
                _toRelease.Add(key);
            if (_toRelease.Count > 0)
                _work.Set();
        }
    }

    private void NoteElsewhere(string key)
    {
        if (_elsewhere.Count >= MaxKnown)
            _elsewhere.Clear(); // They are found out again.
        _elsewhere[key] = _fleet.Clock.GetTimestamp();
    }

    private void Drop(Holding holding, Claim claim)
    {
        lock (_lock)
        {
            if (!holding.Claims.Remove(claim) || holding.Claims.Count > 0)
                return;
            if (!_held.TryGetValue(holding.Key, out var present) || !ReferenceEquals(present, holding))
                return; // It was lost.
            _held.Remove(holding.Key);
            _toRelease.Add(holding.Key);
        }

        _work.Set();
    }

    /// <summary>Releases in Redis what is not held any more.</summary>
    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var next = _work.Next;
                Task<bool>? release = null;
                lock (_lock)
                {
                    if (_fleet.State != FleetState.Lost)
                        _releasedNow.UnionWith(_toRelease.Where(key => !_asked.ContainsKey(key)).Take(BatchSize));
                    if (_releasedNow.Count > 0)
                    {
                        _toRelease.ExceptWith(_releasedNow);
                        _release = release = Task.Run(ReleaseBatchAsync, CancellationToken.None);
                    }
                }

                if (release is null || !await release.ConfigureAwait(false))
                    await WakeUp.WaitAsync(next, _fleet.LeaseDuration / 5, _fleet.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end: leaving the fleet ends all claims.
        }
    }

    private async Task<bool> ReleaseBatchAsync()
    {
        string[] batch;
        lock (_lock)
            batch = [.. _releasedNow];
        var isDone = true;
        try
        {
            RedisValue[] values = [_fleet.Current.Token, .. batch.Select(static key => (RedisValue)key)];
            await _fleet.EvaluateAsync(FleetScripts.Release, [_fleet.Keys.Claims], values).ConfigureAwait(false);
        }
        catch (Exception)
        {
            isDone = false; // Whatever it is: the next attempt releases them.
        }

        lock (_lock)
        {
            _releasedNow.Clear();
            if (!isDone)
                _toRelease.UnionWith(batch.Where(key => !_held.ContainsKey(key)));
        }

        return isDone;
    }

    /// <summary>An address that is held, with the claims on it.</summary>
    private sealed class Holding(AddressClaims owner, string key)
    {
        public string Key => key;

        /// <summary>Guarded by the lock of the owner.</summary>
        public HashSet<Claim> Claims { get; } = [];

        public Claim Add(Action? onLost)
        {
            var claim = new Claim(owner, this, onLost);
            Claims.Add(claim);
            return claim;
        }

        /// <summary>Tells the holders. The holding is not in the table any more.</summary>
        public void Lose()
        {
            Claim[] claims;
            lock (owner._lock)
                claims = [.. Claims];
            foreach (var claim in claims)
            {
                try
                {
                    claim.OnLost?.Invoke();
                }
                catch (Exception)
                {
                    // A holder's fault must not end the renewals.
                }
            }
        }
    }

    private sealed class Claim(AddressClaims owner, Holding holding, Action? onLost) : IDisposable
    {
        public Action? OnLost => onLost;

        public void Dispose() => owner.Drop(holding, this);
    }
}
