using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// The arithmetic of a <see cref="DynamicBanScore"/> without clock and lock: a persistent part that only grows, and a transient part that
/// halves. Seconds count from any origin and never go back. 24 bytes.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct DecayingScore
{
    // Half is left after DynamicBanScore.Halflife: ln 2 / 60, rounded as Go's constants are.
    private const double Lambda = 0.011552453009332421;

    // The value of the transient part at _second.
    private long _second;
    private double _transient;

    /// <summary>The persistent part.</summary>
    public uint Persistent { get; private set; }

    /// <summary>The transient part at the time <see cref="Second"/>.</summary>
    public readonly double Transient => _transient;

    /// <summary>The second of the last addition to the transient part.</summary>
    public readonly long Second => _second;

    public void Add(uint persistent, uint transient, long second)
    {
        Persistent = SaturatingAdd(Persistent, persistent);
        if (transient == 0)
            return;

        // As in btcd, a transient part of 1 or less does not decay before an addition, however old it is.
        var age = second - _second;
        if (age > DynamicBanScore.Lifetime)
            _transient = 0;
        else if (_transient > 1)
            _transient *= Factor(age);
        _transient += transient;
        _second = second;
    }

    public readonly uint At(long second)
    {
        var age = second - _second;
        return _transient < 1 || age > DynamicBanScore.Lifetime
            ? Persistent
            : SaturatingAdd(Persistent, (uint)Math.Min(_transient * Factor(age), uint.MaxValue));
    }

    /// <summary>Computes the remaining fraction after a number of seconds, with exactly btcd's expression.</summary>
    private static double Factor(long age) => age <= 0 ? 1 : Math.Exp(-1.0 * age * Lambda);

    private static uint SaturatingAdd(uint left, uint right) => (uint)Math.Min((ulong)left + right, uint.MaxValue);
}
