namespace Connmgr.Bitcoin;

/// <summary>A reader that waits for room in a <see cref="ReceiveShare"/>.</summary>
/// <param name="lease">Its lease.</param>
/// <param name="held">What it will hold.</param>
/// <param name="need">What its message needs in the end.</param>
/// <param name="number">Its number, in the order of their coming.</param>
/// <param name="since">When it came, a timestamp.</param>
internal sealed class ReceiveWait(ReceiveLease lease, int held, int need, long number, long since)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ReceiveLease Lease { get; } = lease;

    public int Held { get; } = held;

    public int Need { get; } = need;

    public long Number { get; } = number;

    public long Since { get; } = since;

    /// <summary>The smallest need first; of equal ones, the first that came.</summary>
    public static Comparer<ReceiveWait> ByNeed { get; } =
        Comparer<ReceiveWait>.Create(static (a, b) => a.Need != b.Need ? a.Need.CompareTo(b.Need) : a.Number.CompareTo(b.Number));

    /// <summary>The first that came first.</summary>
    public static Comparer<ReceiveWait> ByAge { get; } = Comparer<ReceiveWait>.Create(static (a, b) => a.Number.CompareTo(b.Number));
}
