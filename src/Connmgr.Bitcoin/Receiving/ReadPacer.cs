using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>Keeps the reader of one peer to its <see cref="PeerPace"/>, and counts messages without a reader.</summary>
internal sealed class ReadPacer(PeerRuntime runtime, ReadPauses waiting, EndPoint? remoteEndPoint)
{
    /// <summary>The cost of an exception, which takes some 20 µs.</summary>
    private const int ExceptionCost = 16;

    private readonly PeerPace _pace = new(runtime.Pace, runtime.Options.TimeProvider);
    private bool _wasSlowed;

    /// <summary>True when the next read has to wait: see <see cref="SettleAsync"/>.</summary>
    public bool IsOwing => _pace.IsOwing;

    /// <summary>Charges the start of a message.</summary>
    public void Begin(in FrameHeader header, in MessagePlan plan)
    {
        if (plan.Reader == MessageReader.None)
            runtime.Received.Discarded(header.PayloadLength);
        if (plan.Cost > 0)
            _pace.Charge(plan.Cost, plan.Kept);
    }

    /// <summary>Charges more bytes of its payload.</summary>
    public void Charge(in MessagePlan plan, int bytes)
    {
        if (plan.Cost > 0)
            _pace.Charge(0, bytes);
    }

    /// <summary>Charges a message with its bytes.</summary>
    public void Charge(int cost, int bytes) => _pace.Charge(cost, bytes);

    /// <summary>Charges a message that was read in vain.</summary>
    public void PassOver(in FrameHeader header, in MessagePlan plan)
    {
        if (plan.Cost == 0)
            _pace.Charge(1, header.PayloadLength);
    }

    /// <summary>Charges an exception that a message caused.</summary>
    public void ChargeException() => _pace.Charge(ExceptionCost, 0);

    /// <summary>Waits until more may be read.</summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        var delay = _pace.Settle();
        if (delay <= TimeSpan.Zero)
            return;

        if (!_wasSlowed)
        {
            _wasSlowed = true;
            runtime.Received.Slowed();
            runtime.OnSlowed?.Invoke(remoteEndPoint);
        }

        waiting.Begin();
        try
        {
            await Task.Delay(delay, runtime.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            waiting.End();
        }
    }
}
