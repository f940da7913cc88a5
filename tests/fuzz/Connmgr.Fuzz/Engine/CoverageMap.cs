using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Connmgr.Fuzz;

/// <summary>
/// The branches that instrumented code took, as SharpFuzz counts them: 65,536 counters of a byte. Code that is not instrumented leaves it empty. One for the process,
/// because instrumented code writes to a static pointer until the process ends; not thread-safe.
/// </summary>
internal sealed unsafe class CoverageMap
{
    private const int Size = 1 << 16;

    private static readonly byte[] Classes = [.. Enumerable.Range(0, 256).Select(GetClass)];

    private readonly byte* _counts = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size]; // For each branch, a bit for each class of counts.

    public CoverageMap() => Trace.SharedMem = _counts;

    /// <summary>The branches that were ever taken.</summary>
    public int Branches { get; private set; }

    private Span<byte> Counts => new(_counts, Size);

    /// <summary>Forgets what was taken, for another target.</summary>
    public void Forget()
    {
        _seen.AsSpan().Clear();
        Branches = 0;
    }

    /// <summary>Begins an execution.</summary>
    public void Begin()
    {
        Counts.Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Ends an execution.</summary>
    /// <returns>True if it took a branch that no other took, or took one more or less often by a class of counts.</returns>
    public bool End()
    {
        var isNew = false;
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(Counts);
        for (var i = 0; i < vectors.Length; i++)
        {
            if (vectors[i] != Vector<byte>.Zero)
                isNew |= AddNew(i * Vector<byte>.Count);
        }

        return isNew;
    }

    /// <summary>Gets the branches of the execution that has ended, each with the class of its count.</summary>
    public IEnumerable<int> GetTaken()
    {
        var taken = new List<int>();
        for (var i = 0; i < Size; i++)
        {
            if (_counts[i] != 0)
                taken.Add((i << 8) | Classes[_counts[i]]);
        }

        return taken;
    }

    private static byte GetClass(int count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };

    private bool AddNew(int start)
    {
        var isNew = false;
        for (var i = start; i < start + Vector<byte>.Count; i++)
        {
            var found = Classes[_counts[i]];
            if ((found & ~_seen[i]) == 0)
                continue;
            Branches += _seen[i] == 0 ? 1 : 0;
            _seen[i] |= found;
            isNew = true;
        }

        return isNew;
    }
}
