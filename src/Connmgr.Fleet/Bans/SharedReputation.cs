using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>
/// Shares bans and discouraged hosts with all processes of a fleet: a change made in one holds in all others within a second. Each keeps its
/// own list, so look-ups ask Redis for nothing.
/// </summary>
/// <remarks>
/// <para>
/// A process reads all bans of the fleet at the start, and after that the changes, from where it stopped: what is banned while it is
/// disconnected holds when it is back. Of a ban and its removal, the later counts. Its own changes wait until Redis answers. Scores are not
/// shared, nor are bans that have ended.
/// </para>
/// <para>Thread safety: all members may be called from any thread at any time.</para>
/// </remarks>
public sealed class SharedReputation : IAsyncDisposable
{
    /// <summary>The time between two looks for changes of others.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private const int BatchSize = 100;
    private const int PageSize = 1000;

    // True on a thread that carries out changes of others: they are not published again. Events are raised on the thread of the change.
    [ThreadStatic]
    private static bool _isApplying;

    private readonly FleetConnection _fleet;
    private readonly PeerReputation _reputation;
    private readonly PendingChanges _pending = new();
    private readonly BanTimes _times = new();
    private readonly WakeUp _work = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    // Changed by the loop only.
    private FleetConnection.Session? _source; // Where the cursor counts; null before the first snapshot.
    private long _number; // Of the last change that was applied.
    private string _position = "0-0"; // Its id.

    private SharedReputation(FleetConnection fleet, PeerReputation reputation)
    {
        _fleet = fleet;
        _reputation = reputation;
    }

    /// <summary>Determines whether all changes up to a number were applied and none waits to be published. For tests.</summary>
    internal bool IsUpTo(long number) => _pending.Count == 0 && Volatile.Read(ref _number) >= number;

    /// <summary>Begins to share: adds the bans and discouraged hosts of the fleet, and publishes the bans of this process.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="reputation">The bans and discouraged hosts of this process, such as <see cref="Bitcoin.PeerNetwork.Reputation"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The sharing, which lasts until it is disposed. Dispose of it before the fleet.</returns>
    /// <exception cref="FleetUnavailableException">Redis does not answer.</exception>
    public static async Task<SharedReputation> StartAsync(FleetConnection fleet, PeerReputation reputation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(reputation);
        var shared = Subscribe(fleet, reputation);
        try
        {
            await shared.ReadAllAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            shared.Unsubscribe();
            shared._stop.Dispose();
            throw;
        }

        shared._loop = Task.Run(() => shared.RunAsync(shared._stop.Token), CancellationToken.None);
        return shared;
    }

    /// <summary>
    /// Creates a sharing that begins when Redis answers, now or later: for a program that should start without Redis, too. Otherwise as <see cref="StartAsync"/>.
    /// </summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="reputation">The bans and discouraged hosts of this process, such as <see cref="Bitcoin.PeerNetwork.Reputation"/>.</param>
    /// <returns>The sharing, which lasts until it is disposed. Dispose of it before the fleet.</returns>
    public static SharedReputation Create(FleetConnection fleet, PeerReputation reputation)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(reputation);
        var shared = Subscribe(fleet, reputation);
        shared._loop = Task.Run(() => shared.RunAsync(shared._stop.Token), CancellationToken.None);
        return shared;
    }

    /// <summary>Publishes what is left to publish, if Redis answers, and ends the sharing. The bans remain.</summary>
    /// <returns>A task that completes when it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        Unsubscribe();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        try
        {
            await PublishAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // They remain in the list of this process, and its file.
        }

        _stop.Dispose();
    }

    /// <summary>Notes changes from here on: before the snapshot, so that none falls between them.</summary>
    private static SharedReputation Subscribe(FleetConnection fleet, PeerReputation reputation)
    {
        var shared = new SharedReputation(fleet, reputation);
        reputation.Bans.Changed += shared.OnBansChanged;
        reputation.Discouraged.Added += shared.OnDiscouraged;
        return shared;
    }

    private void Unsubscribe()
    {
        _reputation.Bans.Changed -= OnBansChanged;
        _reputation.Discouraged.Added -= OnDiscouraged;
    }

    private void OnBansChanged(object? sender, BansChangedEventArgs change)
    {
        var now = Now;
        foreach (var ban in change.Bans)
        {
            if (change.Kind != BanChangeKind.Added)
                _times.Remove(ban.Target);
            if (_isApplying || change.Kind == BanChangeKind.Expired)
                continue;
            _pending.Add(ban.Target.ToString(), change.Kind == BanChangeKind.Added ? BanRecord.FromBan(ban, _times.Keep(ban, now)) : BanRecord.FromRemoval(ban, now));
            _work.Set();
        }
    }

    private void OnDiscouraged(object? sender, HostDiscouragedEventArgs discouraged)
    {
        if (_isApplying)
            return;
        _pending.Add(discouraged.Host.ToString(), BanRecord.FromHost(Now));
        _work.Set();
    }

    private DateTimeOffset Now => _fleet.Clock.GetUtcNow();

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var next = _work.Next;
                try
                {
                    if (_source is not { } source || !source.HasSameData(_fleet.Current))
                        await ReadAllAsync(cancellationToken).ConfigureAwait(false);
                    await PublishAsync().ConfigureAwait(false);
                    await ReadChangesAsync().ConfigureAwait(false);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    if (exception is not FleetUnavailableException { InnerException: not RedisServerException })
                        FleetLog.BansNotShared(_fleet.Logger, RedisLink.Describe(exception));

                    // Redis does not answer, or answers what it should not: nothing of that may end the sharing. More changes must not make
                    // it try more often.
                    next = Task.Delay(Interval, _fleet.Clock, cancellationToken);
                }

                await WakeUp.WaitAsync(next, Interval, _fleet.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>
    /// Reads everything, at the start and where changes may have been missed, and publishes the bans of this process, which Redis may have lost.
    /// </summary>
    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        var source = _fleet.Current;
        _source = null;
        var end = (RedisResult[])(await _fleet.EvaluateAsync(BanScripts.GetEnd, [_fleet.Keys.State, _fleet.Keys.Changes], []).ConfigureAwait(false))!;
        _ = ((RedisValue)end[0]).TryParse(out _number);
        _position = (string)end[1]!;

        // What changes from here on is read from the stream afterwards, in order.
        var bans = 0L;
        var page = new List<(string, BanRecord)>();
        await foreach (var entry in ScanAsync(_fleet.Keys.Bans, cancellationToken).ConfigureAwait(false))
        {
            if (BanRecord.TryParse(entry.Value, out var record))
            {
                page.Add((entry.Name!, record));
                bans += record.Kind == BanRecord.Banned ? 1 : 0;
            }

            if (page.Count < PageSize)
                continue;
            Apply(page);
            page.Clear();
        }

        Apply(page);
        var hosts = await ReadDiscouragedAsync(cancellationToken).ConfigureAwait(false);
        foreach (var ban in _reputation.Bans.GetBans())
            _pending.Add(ban.Target.ToString(), BanRecord.FromBan(ban, _times.Get(ban)));
        await PublishAsync().ConfigureAwait(false);
        _source = source;
        FleetLog.BansRead(_fleet.Logger, bans, hosts);
    }

    private async IAsyncEnumerable<HashEntry> ScanAsync(
        RedisKey key, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = _fleet.Database.HashScanAsync(key, pageSize: PageSize).GetAsyncEnumerator(cancellationToken);
        await using (entries.ConfigureAwait(false))
        {
            while (await _fleet.CallAsync(() => entries.MoveNextAsync().AsTask()).ConfigureAwait(false))
                yield return entries.Current;
        }
    }

    private async Task<long> ReadDiscouragedAsync(CancellationToken cancellationToken)
    {
        for (var first = 0L; ; first += PageSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = first;
            var hosts = await _fleet.CallAsync(() => _fleet.Database.SortedSetRangeByRankAsync(_fleet.Keys.Discouraged, start, start + PageSize - 1)).ConfigureAwait(false);
            foreach (var host in hosts)
                Apply(host!, new BanRecord(BanRecord.Discouraged, 0, 0, ""));
            if (hosts.Length < PageSize)
                return first + hosts.Length;
        }
    }

    private async Task PublishAsync()
    {
        while (_pending.Take(BatchSize) is { Length: > 0 } changes)
        {
            RedisValue[] values =
            [
                .. changes.SelectMany(static each => new RedisValue[] { each.Record.Kind.ToString(), each.Target, each.Record.Time, each.Record.Ends, each.Record.Rest }),
            ];
            RedisKey[] keys = [_fleet.Keys.State, _fleet.Keys.Bans, _fleet.Keys.BanEnds, _fleet.Keys.Discouraged, _fleet.Keys.Changes];
            try
            {
                var better = (RedisValue[])(await _fleet.EvaluateAsync(BanScripts.Publish, keys, values).ConfigureAwait(false))!;
                foreach (var pair in better.Chunk(2))
                {
                    if (BanRecord.TryParse(pair[1], out var record))
                        Apply(pair[0]!, record);
                }
            }
            catch
            {
                _pending.Return(changes);
                throw;
            }
        }
    }

    private async Task ReadChangesAsync()
    {
        while (true)
        {
            var entries = await _fleet.CallAsync(() => _fleet.Database.StreamReadAsync(_fleet.Keys.Changes, _position, PageSize)).ConfigureAwait(false);
            foreach (var entry in entries)
            {
                if (!entry["n"].TryParse(out long number) || number != _number + 1)
                {
                    _source = null; // Changes are missing: they were too many, or the stream is damaged. Everything is read again.
                    FleetLog.BansMissed(_fleet.Logger);
                    _work.Set();
                    return;
                }

                (_number, _position) = (_number + 1, entry.Id!);
                if (BanRecord.TryParse(entry["v"], out var record))
                    Apply((string?)entry["t"] ?? "", record); // Its own changes too: they come last, as for all others.
            }

            if (entries.Length < PageSize)
                return;
        }
    }

    private void Apply(string target, in BanRecord record) => Apply([(target, record)]);

    /// <summary>
    /// Carries out changes, except where this process has a later one to publish. Redis may hold anything, so what is not valid is left out.
    /// </summary>
    private void Apply(IReadOnlyCollection<(string Target, BanRecord Record)> changes)
    {
        List<(Ban Ban, long Time)> bans = [];
        _isApplying = true;
        try
        {
            foreach (var (text, record) in changes)
            {
                if (_pending.Contains(text, record.Kind))
                    continue;
                if (record.Kind == BanRecord.Discouraged)
                {
                    if (NetworkSubnet.TryParse(text, out var host))
                        Change(() => _reputation.Discouraged.Add(host.Address));
                }
                else if (!BanTarget.TryParse(text, out var target))
                {
                    continue;
                }
                else if (record.ToBan(target) is { } ban)
                {
                    bans.Add((ban, record.Time));
                }
                else if (record.Kind == BanRecord.Removed && _reputation.Bans.TryGet(target, out var present) && _times.Get(present) <= record.Time)
                {
                    Change(() => _reputation.Bans.Remove(target));
                }
            }

            if (bans.Count > 0)
                Change(() => _reputation.Bans.Add(bans.Select(static each => each.Ban)));
            foreach (var (ban, time) in bans)
            {
                if (_reputation.Bans.TryGet(ban.Target, out var present) && present.Created == ban.Created)
                    _times.Keep(ban, time);
            }
        }
        finally
        {
            _isApplying = false;
        }
    }

    /// <summary>Changes a list, which raises its event afterwards.</summary>
    private static void Change(Action change)
    {
        try
        {
            change();
        }
        catch (Exception)
        {
            // A handler's fault must not end the sharing.
        }
    }
}
