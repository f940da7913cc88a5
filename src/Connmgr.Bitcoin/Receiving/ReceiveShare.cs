using System.Diagnostics;

namespace Connmgr.Bitcoin;

/// <summary>
/// Keeps the accounts of one half of a <see cref="ReceiveBudget"/>: the bytes of each lease, the waits, and the connection to close. Pure:
/// it reads no clock and starts nothing. Not thread-safe.
/// </summary>
/// <remarks>
/// Room for one message of the greatest length is set aside, the spare. The longest wait gets it, so that readers which all hold a part and
/// wait for the rest never block each other. The remaining room goes to the smallest messages first: an attacker who wants to fill it with
/// small ones needs as many connections.
/// </remarks>
internal sealed class ReceiveShare
{
    private readonly long _limit;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HashSet<ReceiveLease> _holders = []; // The leases that hold bytes.
    private readonly SortedSet<ReceiveWait> _byNeed = new(ReceiveWait.ByNeed); // The waits, each in both sets.
    private readonly SortedSet<ReceiveWait> _byAge = new(ReceiveWait.ByAge);
    private readonly List<ReceiveLease> _refused = []; // The leases that got no room for waiting messages. They are notified when there may be some.
    private ReceiveLease? _spare; // The lease that holds the spare; null while it is free.
    private long _used; // The bytes held by all leases but _spare; at most _limit.
    private long _waits; // The waits so far, which number them.

    /// <summary>Creates a share.</summary>
    /// <param name="bytes">The size, at least <paramref name="longestBuffer"/>.</param>
    /// <param name="longestBuffer">The charge for the longest message.</param>
    /// <param name="timeout">The time for which a reader waits before a connection is closed for it.</param>
    /// <param name="time">The provider, used only to compare timestamps.</param>
    public ReceiveShare(long bytes, int longestBuffer, TimeSpan timeout, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, longestBuffer);
        (_limit, _timeout, _time) = (bytes - longestBuffer, timeout, time);
    }

    /// <summary>The number of bytes held.</summary>
    public long Used => _used + (_spare?.Held ?? 0);

    /// <summary>The number of readers that wait.</summary>
    public int Waiting => _byAge.Count;

    /// <summary>The number of leases that got no room for waiting messages, and were not notified since.</summary>
    public int Refused => _refused.Count;

    /// <summary>Lets a lease hold more, or makes it wait.</summary>
    /// <returns>The wait; null if the lease holds the bytes.</returns>
    public ReceiveWait? Grow(ReceiveLease lease, int held, int need, long now)
    {
        Debug.Assert(lease.Wait is null, $"A reader waits twice, for {lease.Wait?.Held} and {held} bytes.");
        StopWeighing(lease, now);
        if (lease == _spare || (IsSmallest(need) && Fits(lease, held)))
        {
            Give(lease, held, now);
            return null;
        }

        if (_spare is null)
        {
            GiveSpare(lease, held, now);
            return null;
        }

        var wait = new ReceiveWait(lease, held, need, _waits++, now);
        lease.Wait = wait;
        _byNeed.Add(wait);
        _byAge.Add(wait);
        return wait;
    }

    /// <summary>Lets a lease hold bytes that wait for the program, if there is room for them at once. They never take the spare.</summary>
    /// <returns>False if there is no room. <see cref="ReceiveLease.OnRoom"/> is called when there may be some.</returns>
    public bool TryHold(ReceiveLease lease, int held, long now)
    {
        if (held <= lease.Held)
            return true;
        if (!IsSmallest(held) || !Fits(lease, held))
        {
            if (!lease.IsRefused)
                _refused.Add(lease);
            lease.IsRefused = true;
            return false;
        }

        Give(lease, held, now);
        StopWeighing(lease, now);
        return true;
    }

    /// <summary>Ends a wait whose reader has stopped waiting.</summary>
    /// <returns>False if it was granted before.</returns>
    public bool CancelWait(ReceiveWait wait, long now)
    {
        if (wait.Lease.Wait != wait)
            return false;

        Forget(wait);
        StartWeighing(wait.Lease, now);
        GrantWaiting(now);
        NotifyRefused();
        return true;
    }

    /// <summary>Notes that the handler is responsible for the bytes from now on.</summary>
    public static void MarkArrived(ReceiveLease lease, long now) => StopWeighing(lease, now);

    /// <summary>Releases the bytes of a lease, and grants them to those that wait.</summary>
    public void Release(ReceiveLease lease, long now)
    {
        if (lease.Wait is { } wait)
            Forget(wait);
        if (lease == _spare)
            _spare = null;
        else
            _used -= lease.Held;
        _holders.Remove(lease);
        (lease.Held, lease.Weight, lease.HeldFor, lease.HeldSince, lease.IsClosing) = (0, 0, 0, null, false);
        AssertAccounts();
        GrantWaiting(now);
        NotifyRefused();
    }

    /// <summary>
    /// Chooses the connection to close when a reader has waited for too long: an inbound one before others, and of those the one with the
    /// most bytes times seconds. A connection that waits for memory, or for its handler, is not to blame, nor is one that has not had as
    /// much time itself.
    /// </summary>
    /// <returns>The lease, marked as closing; null if no connection has to be closed.</returns>
    public ReceiveLease? ChooseToClose(long now)
    {
        if (_byAge.Min is not { } oldest || _time.GetElapsedTime(oldest.Since, now) < _timeout)
            return null;

        ReceiveLease? worst = null;
        foreach (var lease in _holders)
        {
            if (lease is { IsClosing: false, HeldSince: { } since } && HasHadItsTime(lease, since, now)
                && (worst is null || IsWorse(lease, worst, now)))
            {
                worst = lease;
            }
        }

        worst?.IsClosing = true;
        return worst;
    }

    private bool HasHadItsTime(ReceiveLease lease, long since, long now) => _time.GetElapsedTime(since - lease.HeldFor, now) >= _timeout;

    private static bool IsWorse(ReceiveLease one, ReceiveLease other, long now) =>
        one.IsInbound != other.IsInbound ? one.IsInbound : GetWeight(one, now) > GetWeight(other, now);

    private static double GetWeight(ReceiveLease lease, long now) => lease.Weight + ((double)lease.Held * (now - lease.HeldSince ?? 0));

    private bool IsSmallest(int need) => _byNeed.Min is not { } smallest || need < smallest.Need;

    private bool Fits(ReceiveLease lease, int held) => _used + held - lease.Held <= _limit;

    /// <summary>
    /// Grants waits for which there is room. The lease that gets the spare releases its other bytes, which may suffice for another wait.
    /// </summary>
    private void GrantWaiting(long now)
    {
        GrantSmallest(now);
        if (_spare is not null || _byAge.Min is not { } oldest)
            return;

        Forget(oldest);
        GiveSpare(oldest.Lease, oldest.Held, now);
        oldest.SetResult();
        GrantSmallest(now);
    }

    private void GrantSmallest(long now)
    {
        while (_byNeed.Min is { } smallest && Fits(smallest.Lease, smallest.Held))
        {
            Forget(smallest);
            Give(smallest.Lease, smallest.Held, now);
            smallest.SetResult();
        }
    }

    private void GiveSpare(ReceiveLease lease, int held, long now)
    {
        _used -= lease.Held;
        _spare = lease;
        Give(lease, held, now);
    }

    private void Give(ReceiveLease lease, int held, long now)
    {
        if (lease != _spare)
            _used += held - lease.Held;
        lease.Held = held;
        _holders.Add(lease);
        StartWeighing(lease, now);
        AssertAccounts();
    }

    private void NotifyRefused()
    {
        foreach (var lease in _refused)
        {
            lease.IsRefused = false;
            lease.OnRoom?.Invoke();
        }

        _refused.Clear();
    }

    private void Forget(ReceiveWait wait)
    {
        wait.Lease.Wait = null;
        _byNeed.Remove(wait);
        _byAge.Remove(wait);
    }

    [Conditional("DEBUG")]
    private void AssertAccounts()
    {
        Debug.Assert(_used >= 0 && _used <= _limit, $"{_used} bytes are held of {_limit}.");
        Debug.Assert(_byNeed.Count == _byAge.Count, $"{_byNeed.Count} waits by need, {_byAge.Count} by age.");
        Debug.Assert(
            _holders.Sum(static lease => (long)lease.Held) == Used, $"The leases hold {_holders.Sum(static lease => (long)lease.Held)} bytes, not {Used}.");
    }

    private static void StartWeighing(ReceiveLease lease, long now)
    {
        if (lease.Held > 0)
            lease.HeldSince = now;
    }

    private static void StopWeighing(ReceiveLease lease, long now)
    {
        if (lease.HeldSince is not { } since)
            return;

        lease.Weight += (double)lease.Held * (now - since);
        lease.HeldFor += now - since;
        lease.HeldSince = null;
    }
}
