using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>Keeps the reader of one peer to its <see cref="PeerPace"/>, and counts what nobody reads.</summary>
internal sealed class ReadPacer(PeerRuntime runtime, ReadPauses waiting, EndPoint? remoteEndPoint)
{
    /// <summary>An exception takes some 20 µs.</summary>
    private const int ExceptionCost = 16;

    private readonly PeerPace _pace = new(runtime.Pace, runtime.Options.TimeProvider);
    private bool _wasSlowed;

    /// <summary>Whether the next read has to wait: see <see cref="SettleAsync"/>.</summary>
    public bool IsOwing => _pace.IsOwing;

    /// <summary>A message begins.</summary>
    public void Begin(in FrameHeader header, in MessagePlan plan)
    {
        if (plan.Reader == MessageReader.None)
            runtime.Received.Discarded(header.PayloadLength);
        if (plan.Cost > 0)
            _pace.Charge(plan.Cost, plan.Kept);
    }

    /// <summary>More of its payload has come.</summary>
    public void Charge(in MessagePlan plan, int bytes)
    {
        if (plan.Cost > 0)
            _pace.Charge(0, bytes);
    }

    /// <summary>It was read in vain, whoever was to read it.</summary>
    public void PassOver(in FrameHeader header, in MessagePlan plan)
    {
        if (plan.Cost == 0)
            _pace.Charge(1, header.PayloadLength);
    }

    /// <summary>It led to an exception.</summary>
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
