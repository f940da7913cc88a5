using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Decides when a transaction is sent to one more peer, and when its broadcast ends. Pure: it reads no clock. Not thread-safe.
/// </summary>
/// <param name="recipients">The number of peers in each round.</param>
/// <param name="within">The time after which the broadcast is given up.</param>
/// <param name="seesReturn">True if peers announce transactions, so that the return of this one can be seen.</param>
/// <param name="began">The time at the start.</param>
internal sealed class PrivateBroadcastRules(int recipients, TimeSpan within, bool seesReturn, TimeSpan began)
{
    /// <summary>The most attempts of one transaction, as in Bitcoin Core.</summary>
    public const int MaxAttempts = 1000;

    /// <summary>The time for which the return of the transaction is awaited before further peers are sent it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The pause when there is no address to try.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private int _earlier; // The receipts of the rounds before.
    private int _underWay;
    private TimeSpan _lastReceipt;
    private TimeSpan? _nextChoice; // Set while there is no address, or no way to one.

    /// <summary>The number of attempts so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>The number of peers that have confirmed the transaction.</summary>
    public int Receipts { get; private set; }

    /// <summary>Notes the beginning of an attempt.</summary>
    public void Begin()
    {
        Attempts++;
        _underWay++;
    }

    /// <summary>Notes the end of an attempt.</summary>
    /// <param name="isReceived">True if the peer has confirmed the transaction.</param>
    /// <param name="now">The present time.</param>
    public void End(bool isReceived, TimeSpan now)
    {
        _underWay--;
        if (!isReceived)
            return;
        Receipts++;
        _lastReceipt = now;
    }

    /// <summary>Notes that an attempt ended for a reason that says nothing of the peer, such as a proxy that does not answer. It does not count.</summary>
    public void Withdraw(TimeSpan now)
    {
        _underWay--;
        Attempts--;
        _nextChoice = now + Pause;
    }

    /// <summary>Notes that there was no address to try.</summary>
    public void NoteNoAddress(TimeSpan now) => _nextChoice = now + Pause;

    /// <summary>Decides what to do next.</summary>
    public PrivateBroadcastStep Decide(TimeSpan now)
    {
        var deadline = began + within;
        if (now >= deadline || (!seesReturn && Receipts >= recipients) || (Attempts >= MaxAttempts && _underWay == 0))
            return new(PrivateBroadcastAction.End, now);

        var isRoundOver = Receipts - _earlier >= recipients && _underWay == 0;
        if (isRoundOver && now < _lastReceipt + Patience)
            return Wait(_lastReceipt + Patience);
        if (isRoundOver)
            _earlier = Receipts;
        if (Receipts - _earlier + _underWay >= recipients || Attempts >= MaxAttempts)
            return Wait(deadline);
        return _nextChoice is { } next && now < next ? Wait(next) : new(PrivateBroadcastAction.Start, now);

        PrivateBroadcastStep Wait(TimeSpan until) => new(PrivateBroadcastAction.Wait, until < deadline ? until : deadline);
    }
}

/// <summary>The next step of a private broadcast.</summary>
/// <param name="Action">The action.</param>
/// <param name="Until">For a wait: the time until which there is nothing to do, unless an attempt ends before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PrivateBroadcastStep(PrivateBroadcastAction Action, TimeSpan Until);

/// <summary>The actions of a private broadcast.</summary>
internal enum PrivateBroadcastAction
{
    /// <summary>Send the transaction to one more peer.</summary>
    Start,

    /// <summary>Wait for the end of an attempt, or until the given time.</summary>
    Wait,

    /// <summary>End the broadcast.</summary>
    End,
}
