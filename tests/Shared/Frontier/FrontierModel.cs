namespace Connmgr.Bitcoin.Tests.Crawling;

/// <summary>A call of a frontier, or a step of its clock.</summary>
public enum FrontierCall
{
    Add,
    Lease,
    LeaseMany,
    Renew,
    Reach,
    Miss,
    Skip,
    CompleteOld,
    Release,
    EndRound,
    Wait,
}

/// <summary>A frontier of up to 44 addresses, and what it must do by the simplest possible rules.</summary>
internal sealed class FrontierModel(IFrontier frontier, FrontierOptions options, Func<TimeSpan, Task> advance)
{
    private readonly Dictionary<NetworkEndPoint, Known> _known = [];
    private readonly List<FrontierLease> _old = []; // All that were ever given.
    private TimeSpan _now;
    private TimeSpan _start;
    private long _round = 1;
    private long _completed;

    private IEnumerable<Known> Held => _known.Values.Where(known => known.Lease is not null && known.LeaseEnds > _now);

    private bool IsOver => _now >= _start && _known.Count > 0 && !Held.Any() && _known.Values.All(known => known.Due > _start);

    /// <summary>Makes a call, and checks its answer.</summary>
    public async Task ApplyAsync(FrontierCall call, int number)
    {
        switch (call)
        {
            case FrontierCall.Add:
                await AddAsync(Enumerable.Range(number % 40, 5).Select(static i => new NetworkEndPoint(NetworkAddress.FromIPAddress(new System.Net.IPAddress([20, (byte)(i / 2), 0, 1])), (ushort)(8333 + (i % 2)))));
                break;
            case FrontierCall.Lease or FrontierCall.LeaseMany:
                await LeaseAsync(call == FrontierCall.Lease ? 1 : 1 + (number % 10));
                break;
            case FrontierCall.Renew:
                await RenewAsync([.. Held.Where((_, i) => i % 3 == number % 3).Select(static known => known.Lease!.Value)]);
                break;
            case FrontierCall.Reach or FrontierCall.Miss:
                await CompleteAsync([.. Held.Take(1 + (number % 4)).Select(static known => known.Lease!.Value)], call == FrontierCall.Reach);
                break;
            case FrontierCall.Skip:
                await SkipAsync([.. Held.Take(1 + (number % 4)).Select(static known => known.Lease!.Value)]);
                break;
            case FrontierCall.CompleteOld when _old.Count > 0:
                await CompleteAsync([_old[number % _old.Count]], isReachable: true);
                break;
            case FrontierCall.Release when Held.Any():
                var released = Held.First();
                await frontier.ReleaseAsync(new[] { released.Lease!.Value });
                released.Lease = null;
                break;
            case FrontierCall.EndRound:
                await EndRoundAsync();
                break;
            case FrontierCall.Wait:
                await WaitAsync(TimeSpan.FromSeconds(number % 2 == 0 ? number % 20 : number));
                break;
            default:
                break;
        }

        var status = await frontier.GetStatusAsync();
        Assert.Equal((_round, _known.Count, Held.Count(), _completed, IsOver), (status.Round, status.Addresses, status.Leased, status.Completed, status.IsRoundOver));
        Assert.Equal(_known.Values.Count(known => known.Due <= _start && !Held.Contains(known)), status.Due);
    }

    /// <summary>Visits all that is due, and checks that nothing was forgotten.</summary>
    public async Task FinishAsync()
    {
        if (_known.Count == 0)
            return;
        await WaitAsync(options.LeasePeriod);
        if (_start > _now)
            await WaitAsync(_start - _now);
        while (!IsOver)
        {
            await LeaseAsync(7);
            await CompleteAsync([.. Held.Select(static known => known.Lease!.Value)], isReachable: true);
        }

        Assert.True((await frontier.LeaseAsync(1)).IsRoundOver);
        await EndRoundAsync();
    }

    private async Task AddAsync(IEnumerable<NetworkEndPoint> endPoints)
    {
        var all = endPoints.ToArray();
        var added = all.Where(endPoint => !_known.ContainsKey(endPoint)).Take(options.MaxAddresses - _known.Count).ToArray();
        Assert.Equal(added.Length, await frontier.AddAsync(all.Select(static endPoint => new PeerAddress(endPoint, 0, default)).ToArray()));
        foreach (var endPoint in added)
            _known.Add(endPoint, new() { Due = _start });
    }

    private async Task LeaseAsync(int max)
    {
        var due = _known.Where(pair => _now >= _start && pair.Value.Due <= _start && !Held.Contains(pair.Value)).Select(static pair => pair.Key).ToHashSet();
        var grant = await frontier.LeaseAsync(max);
        Assert.Equal(Math.Min(max, due.Count), grant.Leases.Length);
        Assert.Equal((_round, IsOver), (grant.Round, grant.IsRoundOver));
        foreach (var lease in grant.Leases)
        {
            Assert.True(due.Remove(lease.EndPoint), "An address was leased that was held, visited in the round, or not due.");
            var known = _known[lease.EndPoint];
            Assert.All(_old.Where(old => old.EndPoint == lease.EndPoint), old => Assert.True(old.Token < lease.Token));
            Assert.Equal((known.Failures, known.Visits == 0), (lease.Failures, lease.IsNew));
            (known.Lease, known.LeaseEnds) = (lease, _now + options.LeasePeriod);
            _old.Add(lease);
        }
    }

    private async Task RenewAsync(FrontierLease[] leases)
    {
        Assert.All(await frontier.RenewAsync(leases), Assert.True);
        foreach (var lease in leases)
            _known[lease.EndPoint].LeaseEnds = _now + options.LeasePeriod;
    }

    private async Task CompleteAsync(FrontierLease[] leases, bool isReachable)
    {
        var held = Held.Select(static known => known.Lease!.Value).ToHashSet();
        var accepted = await frontier.CompleteAsync(leases.Select(lease => new FrontierResult(lease, isReachable)).ToArray());
        Assert.Equal(leases.Select(held.Contains), accepted);
        foreach (var lease in leases.Where(held.Contains))
        {
            var known = _known[lease.EndPoint];
            known.Lease = null;
            known.Visits++;
            known.Failures = isReachable ? 0 : known.Failures + 1;
            _completed++;
            var wait = options.RevisitPeriod * Math.Min(Math.Pow(2, Math.Max(0, known.Failures - 1)), 288);
            if (options.VisitsPerDay > 0)
            {
                var spread = _now + TimeSpan.FromDays(1) / options.VisitsPerDay - _start;
                while (wait < spread)
                    wait += options.RevisitPeriod;
            }

            known.Due = _start + wait;
        }
    }

    private async Task SkipAsync(FrontierLease[] leases)
    {
        Assert.All(await frontier.CompleteAsync(leases.Select(static lease => new FrontierResult(lease, IsReachable: false) { IsSkipped = true }).ToArray()), Assert.True);
        foreach (var known in leases.Select(lease => _known[lease.EndPoint]))
            (known.Lease, known.Due) = (null, _start + options.RevisitPeriod);
    }

    private async Task EndRoundAsync()
    {
        var isOver = IsOver;
        Assert.False(await frontier.EndRoundAsync(_round + 1));
        Assert.Equal(isOver, await frontier.EndRoundAsync(_round));
        if (!isOver)
            return;
        _round++;
        _completed = 0;
        _start = _start + options.RevisitPeriod > _now ? _start + options.RevisitPeriod : _now;
    }

    private async Task WaitAsync(TimeSpan time)
    {
        _now += time;
        await advance(time);
    }

    private sealed class Known
    {
        public FrontierLease? Lease;
        public TimeSpan LeaseEnds;
        public TimeSpan Due;
        public int Visits;
        public int Failures;
    }
}
