using System.Runtime.InteropServices;

namespace Connmgr.Testing;

/// <summary>A duration: fixed, or drawn from a range for each use. Immutable. The default is zero.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DurationRange
{
    /// <summary>Creates a range that includes both ends.</summary>
    /// <param name="min">The shortest time, from zero.</param>
    /// <param name="max">The longest time, at least <paramref name="min"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="min"/> is negative, or greater than <paramref name="max"/>.
    /// </exception>
    public DurationRange(TimeSpan min, TimeSpan max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(min, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        Min = min;
        Max = max;
    }

    /// <summary>The shortest time.</summary>
    public TimeSpan Min { get; }

    /// <summary>The longest time.</summary>
    public TimeSpan Max { get; }

    /// <summary>Converts a time to a range of this one value.</summary>
    /// <param name="value">The time, from zero.</param>
    public static implicit operator DurationRange(TimeSpan value) => FromTimeSpan(value);

    /// <summary>Creates a range of one value.</summary>
    /// <param name="value">The time, from zero.</param>
    /// <returns>A range of this one value.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is negative.</exception>
    public static DurationRange FromTimeSpan(TimeSpan value) => new(value, value);

    internal TimeSpan Draw(Random random) => Min == Max ? Min : TimeSpan.FromTicks(random.NextInt64(Min.Ticks, Max.Ticks + 1));
}
