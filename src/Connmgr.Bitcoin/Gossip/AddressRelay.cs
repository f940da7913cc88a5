namespace Connmgr.Bitcoin;

/// <summary>
/// Passes fresh addresses on, each to two peers, and tells peers our own. Each peer has its turn at times that say nothing of when
/// something was heard (mean 30 s, as in Bitcoin Core); one timer, which exists while there are peers, looks whose turn has come.
/// Thread-safe.
/// </summary>
internal sealed class AddressRelay(AddressGossipOptions options, ExternalAddresses own, GossipChance chance)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MeanPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MeanOwnPause = TimeSpan.FromHours(24);

    private readonly TimeProvider _time = options.TimeProvider;
    private readonly long _began = options.TimeProvider.GetTimestamp();
    private readonly ulong _key = chance.NextUInt64();
    private readonly Lock _lock = new();
    private readonly HashSet<GossipSession> _members = [];
    private ITimer? _timer;

    private TimeSpan Now => _time.GetElapsedTime(_began);

    /// <summary>Begins to tell a peer of addresses.</summary>
    public void Add(GossipSession session)
    {
        session.Outbox!.NextTurn = Now + chance.Pause(MeanPause);
        lock (_lock)
        {
            _members.Add(session);
            _timer ??= _time.CreateTimer(static relay => ((AddressRelay)relay!).Sweep(), this, Period, Period);
        }
    }

    /// <summary>Ceases to. On return nothing is begun for the peer any more.</summary>
    public void Remove(GossipSession session)
    {
        lock (_lock)
        {
            if (!_members.Remove(session) || _members.Count > 0)
                return;

            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Passes an address on.</summary>
    /// <param name="address">The address.</param>
    /// <param name="from">The session with the peer that told of it.</param>
    /// <param name="isReachable">Whether we could dial it.</param>
    public void Relay(in PeerAddress address, GossipSession from, bool isReachable)
    {
        var draw = new RelayDraw(_key, address.EndPoint, _time.GetUtcNow());
        var (first, second) = Draw(draw, address.EndPoint.Address, from);
        first?.Outbox!.Put(address, chance);
        if (draw.Targets(isReachable) > 1)
            second?.Outbox!.Put(address, chance);
    }

    private (GossipSession? First, GossipSession? Second) Draw(RelayDraw draw, in NetworkAddress address, GossipSession from)
    {
        var (first, second) = ((GossipSession?)null, (GossipSession?)null);
        var (firstLot, secondLot) = (0UL, 0UL);
        lock (_lock)
        {
            foreach (var session in _members)
            {
                if (session == from || !session.Outbox!.CanHold(address))
                    continue;

                var lot = draw.LotOf(session.Secret);
                if (first is null || lot > firstLot)
                    (first, firstLot, second, secondLot) = (session, lot, first, firstLot);
                else if (second is null || lot > secondLot)
                    (second, secondLot) = (session, lot);
            }
        }

        return (first, second);
    }

    private void Sweep()
    {
        var now = Now;
        lock (_lock)
        {
            // Under the lock, since tending runs nothing of the user's: what it starts goes to the thread pool.
            foreach (var session in _members)
                Tend(session, session.Outbox!, now);
        }
    }

    private void Tend(GossipSession session, Outbox outbox, TimeSpan now)
    {
        if (!outbox.Sending.IsCompleted)
            return;

        if (outbox.NextOwn is not { } nextOwn || now >= nextOwn)
        {
            outbox.NextOwn = now + chance.Pause(MeanOwnPause);
            if (own.For(session.Source) is { } endPoint)
            {
                // In a message of its own: among others the peer might have no room for it.
                outbox.Send([new(endPoint, (ulong)options.Services, _time.GetUtcNow())]);
                return;
            }
        }

        if (now < outbox.NextTurn)
            return;

        outbox.NextTurn = now + chance.Pause(MeanPause);
        outbox.Send(outbox.Take());
    }
}
