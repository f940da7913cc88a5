namespace Connmgr.Bitcoin;

/// <summary>The wait of a reader for room in a <see cref="ReceiveShare"/>.</summary>
/// <param name="lease">Its lease.</param>
/// <param name="held">The bytes that it will hold.</param>
/// <param name="need">The bytes that its message needs in the end.</param>
/// <param name="number">Its number, in the order of arrival.</param>
/// <param name="since">The timestamp of its start.</param>
internal sealed class ReceiveWait(ReceiveLease lease, int held, int need, long number, long since)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ReceiveLease Lease { get; } = lease;

    public int Held { get; } = held;

    public int Need { get; } = need;

    public long Number { get; } = number;

    public long Since { get; } = since;

    /// <summary>The order by need, the smallest first; equal ones by arrival.</summary>
    public static Comparer<ReceiveWait> ByNeed { get; } =
        Comparer<ReceiveWait>.Create(static (a, b) => a.Need != b.Need ? a.Need.CompareTo(b.Need) : a.Number.CompareTo(b.Number));

    /// <summary>The order by arrival.</summary>
    public static Comparer<ReceiveWait> ByAge { get; } = Comparer<ReceiveWait>.Create(static (a, b) => a.Number.CompareTo(b.Number));
}
