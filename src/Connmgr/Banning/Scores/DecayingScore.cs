using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// The arithmetic of a <see cref="DynamicBanScore"/> without clock and lock: a persistent part that only adds up and a transient one that
/// halves. Seconds are counted from anywhere and never go back. 24 bytes.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct DecayingScore
{
    // The transient part is as of this second.
    private long _second;
    private double _transient;

    /// <summary>The persistent part.</summary>
    public uint Persistent { get; private set; }

    /// <summary>The transient part, as of <see cref="Second"/>.</summary>
    public readonly double Transient => _transient;

    /// <summary>When the transient part was last added to.</summary>
    public readonly long Second => _second;

    public void Add(uint persistent, uint transient, long second)
    {
        Persistent = SaturatingAdd(Persistent, persistent);
        if (transient == 0)
            return;
        _transient = TransientAt(second) + transient;
        _second = second;
    }

    public readonly uint At(long second) => SaturatingAdd(Persistent, (uint)Math.Min(TransientAt(second), uint.MaxValue));

    private readonly double TransientAt(long second) => (second - _second) switch
    {
        0 => _transient,
        > DynamicBanScore.Lifetime => 0,
        var age => _transient * Math.Pow(2, age / -(double)DynamicBanScore.Halflife),
    };

    private static uint SaturatingAdd(uint left, uint right) => (uint)Math.Min((ulong)left + right, uint.MaxValue);
}
