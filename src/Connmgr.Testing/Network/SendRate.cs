namespace Connmgr.Testing;

/// <summary>
/// The rate at which the bytes of a host arrive: a number of bytes per interval, the first of them at once. Unused bytes of an interval do
/// not add to later ones. Immutable.
/// </summary>
public sealed record SendRate
{
    /// <summary>Creates a rate.</summary>
    /// <param name="bytes">The maximum number of bytes that arrive in an interval, from 1.</param>
    /// <param name="interval">The interval, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    public SendRate(int bytes, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Bytes = bytes;
        Interval = interval;
    }

    /// <summary>The maximum number of bytes that arrive in an interval.</summary>
    public int Bytes { get; }

    /// <summary>The interval.</summary>
    public TimeSpan Interval { get; }
}
