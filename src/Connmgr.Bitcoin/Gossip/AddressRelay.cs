namespace Connmgr.Bitcoin;

/// <summary>
/// Relays fresh addresses, each to one or two peers, and sends peers the node's external address. Each peer is sent addresses at random
/// times (mean 30 s, as in Bitcoin Core), which do not show when an address arrived. One timer serves all peers, and exists while there are
/// any. Thread-safe.
/// </summary>
internal sealed class AddressRelay(AddressGossipOptions options, GossipRandom random, MonotonicClock clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MeanPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MeanExternalPause = TimeSpan.FromHours(24);

    private readonly TimeProvider _time = options.TimeProvider;
    private readonly ulong _key = random.NextUInt64();
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly HashSet<Outbox> _outboxes = [];
    private ITimer? _timer; // Null while there are no outboxes.

    /// <summary>Starts to send addresses to a peer.</summary>
    public void Add(Outbox outbox)
    {
        outbox.NextSendAt = clock.Now + random.Pause(MeanPause);
        lock (_lock)
        {
            _outboxes.Add(outbox);
            _timer ??= _time.CreateTimer(static relay => ((AddressRelay)relay!).SendAllDue(), this, Period, Period);
        }
    }

    /// <summary>Stops to send addresses to a peer. No send starts after this returns.</summary>
    public void Remove(Outbox outbox)
    {
        lock (_lock)
        {
            if (!_outboxes.Remove(outbox) || _outboxes.Count > 0)
                return;

            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Puts an address into the outboxes of one or two peers.</summary>
    /// <param name="address">The address.</param>
    /// <param name="from">The outbox of the peer that sent it; null when it has none.</param>
    /// <param name="isReachable">True if the node could dial the address.</param>
    public void Relay(in PeerAddress address, Outbox? from, bool isReachable)
    {
        var draw = new RelayDraw(_key, address.EndPoint, _time.GetUtcNow());
        var (first, second) = Draw(draw, address.EndPoint.Address, from);
        first?.Add(address, random);
        if (draw.GetTargetCount(isReachable) > 1)
            second?.Add(address, random);
    }

    private (Outbox? First, Outbox? Second) Draw(RelayDraw draw, in NetworkAddress address, Outbox? from)
    {
        var (first, second) = ((Outbox?)null, (Outbox?)null);
        var (firstWeight, secondWeight) = (0UL, 0UL);
        lock (_lock)
        {
            foreach (var outbox in _outboxes)
            {
                if (outbox == from || !outbox.CanHold(address))
                    continue;

                var weight = draw.GetWeight(outbox.Secret);
                if (first is null || weight > firstWeight)
                    (first, firstWeight, second, secondWeight) = (outbox, weight, first, firstWeight);
                else if (second is null || weight > secondWeight)
                    (second, secondWeight) = (outbox, weight);
            }
        }

        return (first, second);
    }

    private void SendAllDue()
    {
        var now = clock.Now;
        lock (_lock)
        {
            // No user code runs under the lock: sends run on the thread pool.
            foreach (var outbox in _outboxes)
                SendDue(outbox, now);
        }
    }

    private void SendDue(Outbox outbox, TimeSpan now)
    {
        if (!outbox.Sending.IsCompleted)
            return;

        if (outbox.NextExternalAt is not { } nextExternal || now >= nextExternal)
        {
            var external = ChooseExternal(outbox);
            outbox.NextExternalAt = now + random.Pause(external is null ? MeanPause : MeanExternalPause); // One may become known soon.
            if (external is { } endPoint)
            {
                // In a separate message: the peer's limit might drop it among others.
                outbox.Send([new(endPoint, (ulong)(options.Services & ~options.GetWithheldServices(endPoint.Address.Network)), _time.GetUtcNow())]);
                return;
            }
        }

        if (now < outbox.NextSendAt)
            return;

        outbox.NextSendAt = now + random.Pause(MeanPause);
        outbox.Send(outbox.TakeAll());
    }

    private NetworkEndPoint? ChooseExternal(Outbox outbox)
    {
        var (known, port) = (options.ExternalAddresses, options.ExternalAddresses.ListenPort);
        var best = known.Find(outbox.Recipient, outbox.IsOnion);
        return ReachabilityRules.Choose(best, port > 0 ? outbox.SeenAt : null, outbox.Recipient, outbox.IsInbound, port, random.NextDouble());
    }
}
