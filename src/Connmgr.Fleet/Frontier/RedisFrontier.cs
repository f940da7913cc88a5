using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Connmgr.Bitcoin;
using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>
/// A frontier that the processes of a fleet share. Each address is visited once in a round by one of them, the pace is that of all together,
/// and what a process had leased when it died is visited by others. About 75 bytes of Redis' memory for each address, and its record. Times
/// are those of Redis' clock. Thread-safe.
/// </summary>
/// <remarks>
/// Everything is in Redis: a restart of all processes continues the round. If Redis loses its data, the round begins again with the addresses
/// that the processes are visiting and those that they find. While Redis does not answer, calls throw a
/// <see cref="FrontierUnavailableException"/>, and can be made again: what Redis carried out before its answer was lost counts once. After that, for one lease period, leases are renewed and completed but none is given.
/// </remarks>
public sealed class RedisFrontier : IFrontier
{
    private const int BatchSize = 500;
    private const int ResultBatchSize = 100;
    private const int MaxLeases = 1000;
    private const int BatchesAtOnce = 16;
    private const int MicrosecondsPerSecond = 1_000_000;

    private readonly FleetConnection _fleet;
    private readonly string _name;
    private readonly FrontierOptions _options;
    private readonly RedisKey[] _keys;
    private readonly RedisValue _prefix;
    private readonly long _extra; // The ms by which leases last longer than claims.
    private readonly UnansweredCalls _unanswered = new();

    /// <summary>Creates the access to a frontier, which begins empty, in its first round, when no process has used it before.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="options">The options, which are copied, the same in all processes; null for the defaults. The clock is not used.</param>
    /// <param name="name">The name of the frontier: a fleet can have several, such as one for each chain. Default <c>crawl</c>.</param>
    /// <exception cref="ArgumentException">Options are missing or out of range; the message names each of them.</exception>
    public RedisFrontier(FleetConnection fleet, FrontierOptions? options = null, string name = "crawl")
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new();
        OptionsErrors.ThrowIfAny(options);
        _fleet = fleet;
        _name = name;
        _options = options.Copy();
        var prefix = fleet.Keys.GetPrefix(name);
        _prefix = prefix;
        _keys = [fleet.Keys.State, prefix + "round"];
        _extra = (long)Math.Max(0, (options.LeasePeriod - fleet.LeaseDuration).TotalMilliseconds);
    }

    /// <inheritdoc/>
    public TimeSpan LeasePeriod => _options.LeasePeriod;

    /// <summary>The time, in microseconds, that the scripts use instead of the server's. For tests.</summary>
    internal Func<long>? Clock { get; init; }

    private RedisValue Terms => Clock is null ? _extra : Invariant($"{_extra}:{Clock()}");

    /// <inheritdoc/>
    public async ValueTask<int> AddAsync(ReadOnlyMemory<PeerAddress> addresses, CancellationToken cancellationToken = default)
    {
        List<RedisValue[]> batches = [];
        List<RedisValue> batch = [];
        foreach (ref readonly var address in addresses.Span)
        {
            var endPoint = address.EndPoint;
            if (!endPoint.Address.IsValid || (endPoint.Port == 0 && endPoint.Address.Network != AddressNetwork.I2P))
                continue;
            if (batch.Count == 0)
                batch.AddRange([_prefix, Terms, _options.MaxAddresses, _options.MaxAddressesPerHost, _options.MaxAddressesPerNetgroup]);
            batch.AddRange([FrontierForm.GetMember(endPoint), FrontierForm.GetServices(address.Services), FrontierForm.GetGroup(endPoint.Address, _options.Netgrouper)]);
            if (batch.Count >= BatchSize * 3)
                TakeBatch(batches, batch);
        }

        TakeBatch(batches, batch);
        return (await CallAllAsync(FrontierScripts.Add, batches, cancellationToken).ConfigureAwait(false)).Sum(static added => (int)added);
    }

    /// <inheritdoc/>
    public async ValueTask<FrontierGrant> LeaseAsync(int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var (interval, tolerance) = GetPace(_options.VisitsPerSecond);
        var (groupInterval, groupTolerance) = GetPace(_options.VisitsPerSecondPerNetgroup);
        RedisValue[] values =
        [
            _prefix, Terms, Math.Min(max, MaxLeases), ToMicroseconds(_options.LeasePeriod), interval, tolerance, groupInterval, groupTolerance, _options.MaxFailures,
            _options.MaxAddresses,
        ];
        var answer = (RedisResult[])(await CallAsync(FrontierScripts.Lease, values, cancellationToken).ConfigureAwait(false))!;
        var leases = ImmutableArray.CreateBuilder<FrontierLease>((answer.Length - 3) / 3);
        for (var i = 3; i + 2 < answer.Length; i += 3)
        {
            if (FrontierForm.TryReadLease(answer[i], answer[i + 1], answer[i + 2], out var lease))
                leases.Add(lease);
        }

        return new(leases.DrainToImmutable(), TimeSpan.FromMicroseconds((long)answer[0]), (long)answer[1], (int)answer[2] == 1);
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<bool>> RenewAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default)
    {
        List<RedisValue[]> batches = [];
        List<RedisValue> batch = [];
        foreach (ref readonly var lease in leases.Span)
        {
            if (batch.Count == 0)
                batch.AddRange([_prefix, Terms, ToMicroseconds(_options.LeasePeriod)]);
            batch.AddRange([FrontierForm.GetMember(lease.EndPoint), lease.Token, FrontierForm.GetEntry(lease, _options.Netgrouper)]);
            if (batch.Count >= BatchSize * 3)
                TakeBatch(batches, batch);
        }

        TakeBatch(batches, batch);
        var held = ReadFlags(await CallAllAsync(FrontierScripts.Renew, batches, cancellationToken).ConfigureAwait(false));
        if (held.Count(static each => !each) is > 0 and var lost)
            FleetLog.LeasesLost(_fleet.Logger, lost, held.Length, _name);
        return held;
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<bool>> CompleteAsync(ReadOnlyMemory<FrontierResult> results, CancellationToken cancellationToken = default)
    {
        var longest = Math.Max(1, FrontierOptions.LongestBackoff.Ticks / _options.RevisitPeriod.Ticks);
        var spacing = _options.VisitsPerDay == 0 ? 0 : (ToMicroseconds(TimeSpan.FromDays(1)) + _options.VisitsPerDay - 1) / _options.VisitsPerDay;
        List<RedisValue[]> batches = [];
        List<RedisValue> batch = [];
        List<long> tokens = [];
        foreach (ref readonly var result in results.Span)
        {
            if (result.Record.Length > FrontierOptions.MaxRecordLength)
            {
                throw new ArgumentException(
                    Invariant($"The record of {result.Lease.EndPoint} has {result.Record.Length} bytes: use at most {FrontierOptions.MaxRecordLength}."), nameof(results));
            }

            if (batch.Count == 0)
                batch.AddRange([_prefix, Terms, ToMicroseconds(_options.RevisitPeriod), longest, spacing]);
            batch.AddRange(
            [
                FrontierForm.GetMember(result.Lease.EndPoint), result.Lease.Token, FrontierForm.GetEntry(result.Lease, _options.Netgrouper),
                result.IsSkipped ? 2 : result.IsReachable ? 1 : 0, FrontierForm.GetServices(result.Services), result.Record, _unanswered.Contains(result.Lease.Token) ? 1 : 0,
            ]);
            tokens.Add(result.Lease.Token);
            if (batch.Count >= ResultBatchSize * 7)
                TakeBatch(batches, batch);
        }

        TakeBatch(batches, batch);
        try
        {
            var accepted = ReadFlags(await CallAllAsync(FrontierScripts.Complete, batches, cancellationToken).ConfigureAwait(false));
            _unanswered.Remove(tokens);
            return accepted;
        }
        catch
        {
            _unanswered.Add(tokens); // Redis may have carried out some, or all.
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default)
    {
        List<RedisValue[]> batches = [];
        List<RedisValue> batch = [];
        foreach (ref readonly var lease in leases.Span)
        {
            if (batch.Count == 0)
                batch.AddRange([_prefix, Terms]);
            batch.AddRange([FrontierForm.GetMember(lease.EndPoint), lease.Token]);
            if (batch.Count >= BatchSize * 2)
                TakeBatch(batches, batch);
        }

        TakeBatch(batches, batch);
        await CallAllAsync(FrontierScripts.Release, batches, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EndRoundAsync(long round, CancellationToken cancellationToken = default)
    {
        var call = _unanswered.TakeEnd(round) ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        try
        {
            return (int)await CallAsync(FrontierScripts.EndRound, [_prefix, Terms, round, ToMicroseconds(_options.RevisitPeriod), call], cancellationToken).ConfigureAwait(false) == 1;
        }
        catch
        {
            _unanswered.PutEnd(round, call);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<FrontierStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var answer = (long[])(await CallAsync(FrontierScripts.GetStatus, [_prefix, Terms], cancellationToken).ConfigureAwait(false))!;
        return new()
        {
            Round = answer[0],
            RoundStart = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(answer[1]),
            IsRoundOver = answer[2] == 1,
            Addresses = answer[3],
            Due = answer[4],
            Leased = answer[5],
            Completed = answer[6],
            Reached = answer[7],
        };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FrontierRecord> GetRecordsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var seen = new HashSet<NetworkEndPoint>(); // A scan may give an entry twice.
        var entries = _fleet.Database.HashScanAsync((string)_prefix! + "records", pageSize: BatchSize).GetAsyncEnumerator(cancellationToken);
        await using (entries.ConfigureAwait(false))
        {
            while (await TranslateAsync(() => _fleet.CallAsync(() => entries.MoveNextAsync().AsTask())).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (FrontierForm.TryReadMember((byte[]?)entries.Current.Name, out var endPoint) && seen.Add(endPoint))
                    yield return new(endPoint, (byte[]?)entries.Current.Value ?? []);
            }
        }
    }

    private static void TakeBatch(List<RedisValue[]> batches, List<RedisValue> batch)
    {
        if (batch.Count > 0)
            batches.Add([.. batch]);
        batch.Clear();
    }

    private static ImmutableArray<bool> ReadFlags(List<RedisResult> answers) => [.. answers.SelectMany(static answer => (int[])answer!).Select(static flag => flag == 1)];

    private static (long Interval, long Tolerance) GetPace(double perSecond)
    {
        if (perSecond == 0)
            return (0, 0);
        var interval = Math.Max(1, (long)(MicrosecondsPerSecond / perSecond));
        return (interval, perSecond > 1 ? MicrosecondsPerSecond - interval : 0);
    }

    private static long ToMicroseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (FleetUnavailableException exception)
        {
            throw new FrontierUnavailableException(exception.Message, exception);
        }
    }

    private Task<RedisResult> CallAsync(FleetScript script, RedisValue[] values, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = TranslateAsync(() => _fleet.EvaluateAsync(script, _keys, values));
        LateTask.Observe(call);
        return call.WaitAsync(cancellationToken); // If that ends first, no one looks at the failure of the call.
    }

    /// <summary>Sends batches without waiting for the answer to each, a limited number at a time.</summary>
    private async Task<List<RedisResult>> CallAllAsync(FleetScript script, List<RedisValue[]> batches, CancellationToken cancellationToken)
    {
        List<RedisResult> answers = [];
        foreach (var some in batches.Chunk(BatchesAtOnce))
            answers.AddRange(await Task.WhenAll(some.Select(values => CallAsync(script, values, cancellationToken))).ConfigureAwait(false));
        return answers;
    }
}
