using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The numbers of reports about one peer. Integers, which keep the connection small. Thread-safe where it is not copied.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct UsefulnessTally
{
    private static readonly TimeSpan TenthOfSecond = TimeSpan.FromMilliseconds(100);

    // Changed by Interlocked.
    private int _blocks;
    private int _transactions;
    private int _misbehaviors;

    private int _lastBlock; // In tenths of a second of the manager's clock, plus 1; 0 for none.

    /// <summary>The number of useful blocks.</summary>
    public readonly int Blocks => Volatile.Read(in _blocks);

    /// <summary>The number of useful transactions.</summary>
    public readonly int Transactions => Volatile.Read(in _transactions);

    /// <summary>The number of reports of misbehaviour.</summary>
    public readonly int Misbehaviors => Volatile.Read(in _misbehaviors);

    /// <summary>The time of the last useful block, on the manager's clock, to a tenth of a second; null for none.</summary>
    public readonly TimeSpan? LastBlock => Volatile.Read(in _lastBlock) is > 0 and var tenths ? (tenths - 1) * TenthOfSecond : null;

    public void AddBlock(TimeSpan now)
    {
        Interlocked.Increment(ref _blocks);
        Volatile.Write(ref _lastBlock, (int)Math.Min(now / TenthOfSecond, int.MaxValue - 1) + 1);
    }

    public void AddTransaction() => Interlocked.Increment(ref _transactions);

    public void AddMisbehavior() => Interlocked.Increment(ref _misbehaviors);
}
