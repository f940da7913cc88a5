namespace Connmgr.Simulation;

/// <summary>
/// Bitcoin Core's rules for automatic connections, as published: one dial at a time, each at least 0.5 s after the last; anchors, full,
/// block-relay-only, extra block-relay-only and feeler, in this order; its choice among addresses. Its address book is that of the library,
/// which has the same places, chances and collisions.
/// </summary>
internal sealed class CoreNode(Scene scene, NodeOptions options, BookSnapshot? book, int seed) : SimulatedNode(scene, options, book, seed)
{
    /// <summary>All automatic connections: the slots, and one more for a feeler or an extra peer.</summary>
    private const int Permits = NodeOptions.Slots + 1;

    private const int MaxTries = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DialTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FeelerInterval = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ExtraInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ExtraTime = TimeSpan.FromSeconds(45);

    private readonly Stack<PeerAddress> _anchors = new();

    /// <summary>The open feelers and extra peers.</summary>
    private int _short;

    private TimeSpan _nextFeeler;
    private TimeSpan _nextExtra;

    private enum Purpose
    {
        None,
        Full,
        BlockRelay,
        Feeler,
        Extra,
    }

    /// <inheritdoc/>
    protected override void Begin(IReadOnlyList<PeerAddress> anchors)
    {
        foreach (var anchor in anchors)
            _anchors.Push(anchor);
        _nextFeeler = Now + DrawPause(FeelerInterval);
        _nextExtra = Now + DrawPause(ExtraInterval);
        Continue();
    }

    /// <inheritdoc/>
    protected override void Stop()
    {
        _anchors.Clear();
        _short = 0;
    }

    /// <inheritdoc/>
    protected override void OnLeft(Session session)
    {
        // The loop notices it.
    }

    /// <inheritdoc/>
    protected override void OnAddressesAdded()
    {
        // The loop notices them.
    }

    private void Continue() => After(Pause, Step);

    private void Step()
    {
        PeerAddress? anchor = null;
        var purpose = Sessions.Count + _short < Permits ? DecidePurpose(out anchor) : Purpose.None;
        if (purpose == Purpose.None)
        {
            Continue();
            return;
        }

        Book.ResolveCollisions();
        if ((anchor?.EndPoint ?? Choose(purpose)) is not { } chosen)
            Continue();
        else if (purpose == Purpose.Feeler)
            After(TimeSpan.FromSeconds(Random.NextDouble()), () => Dial(purpose, chosen));
        else
            Dial(purpose, chosen);
    }

    private Purpose DecidePurpose(out PeerAddress? anchor)
    {
        anchor = null;
        var block = Sessions.Count(static session => session.IsBlockRelay);
        while (block < NodeOptions.BlockSlots && _anchors.TryPop(out var popped))
        {
            if (IsGroupUsed(popped.EndPoint))
                continue;
            anchor = popped;
            return Purpose.BlockRelay;
        }

        if (Sessions.Count - block < NodeOptions.FullSlots)
            return Purpose.Full;
        if (block < NodeOptions.BlockSlots)
            return Purpose.BlockRelay;
        if (Now > _nextExtra)
        {
            _nextExtra = Now + DrawPause(ExtraInterval);
            return Purpose.Extra;
        }

        if (!Options.HasFeelers || Now <= _nextFeeler)
            return Purpose.None;
        _nextFeeler = Now + DrawPause(FeelerInterval);
        return Purpose.Feeler;
    }

    private NetworkEndPoint? Choose(Purpose purpose)
    {
        var now = Scene.Timeline.Clock.GetUtcNow();
        for (var tries = 1; tries <= MaxTries; tries++)
        {
            if (!TryDraw(purpose, out var entry))
                return null;
            if (purpose != Purpose.Feeler && IsGroupUsed(entry.EndPoint))
                continue;
            if (now - entry.LastAttempt < TimeSpan.FromMinutes(10) && tries < 30)
                continue;
            return entry.EndPoint;
        }

        return null;
    }

    private bool TryDraw(Purpose purpose, out AddressEntry entry)
    {
        if (purpose != Purpose.Feeler)
            return Book.TrySelect(out entry);
        if (!Book.TrySelectTriedCollision(out entry))
            return Book.TrySelect(out entry, tables: AddressTables.New);
        if (!IsConnected(entry.EndPoint))
            return true;
        Book.MarkGood(entry.EndPoint);
        return Book.TrySelect(out entry, tables: AddressTables.New);
    }

    private void Dial(Purpose purpose, NetworkEndPoint endPoint)
    {
        if (IsConnected(endPoint))
        {
            Continue();
            return;
        }

        Dials++;
        var host = Scene.Find(endPoint);
        var answer = Scene.Dial(host);
        After(answer == DialAnswer.Silent ? DialTimeout : Scene.GetRoundTrip(host), () =>
        {
            var countsFailures = Sessions.DistinctBy(session => Grouper.GetGroup(session.EndPoint.Address)).Count() >= 2;
            if (answer == DialAnswer.Accepted)
                OnConnected(purpose, host, endPoint);
            Book.RecordAttempt(endPoint, countsFailures);
            Continue();
        });
    }

    private void OnConnected(Purpose purpose, int host, NetworkEndPoint endPoint)
    {
        Session? session = null;
        if (purpose is Purpose.Full or Purpose.BlockRelay)
            Add(session = new Session(host, endPoint, purpose == Purpose.BlockRelay, Now));
        else
            _short++;
        After(Scene.GetRoundTrip(host), () =>
        {
            Book.SetServices(endPoint, World.Services);
            Book.MarkGood(endPoint);
            if (session is not null)
                Ready(session);
            else
                After(purpose == Purpose.Extra ? ExtraTime : TimeSpan.Zero, () => _short--);
        });
    }

    private bool IsConnected(NetworkEndPoint endPoint) => Sessions.Any(session => session.EndPoint == endPoint);

    private bool IsGroupUsed(NetworkEndPoint endPoint)
    {
        var group = Grouper.GetGroup(endPoint.Address);
        return Sessions.Any(session => Grouper.GetGroup(session.EndPoint.Address) == group);
    }
}
