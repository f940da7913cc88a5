namespace Connmgr.Testing;

/// <summary>
/// The pace at which what a host says arrives: so many bytes per interval, the first of them at once. Unused bytes of an interval are not
/// saved up for a later one. Immutable.
/// </summary>
public sealed record TalkPace
{
    /// <summary>Makes a pace.</summary>
    /// <param name="bytes">The most bytes that arrive in an interval, from 1.</param>
    /// <param name="interval">The interval, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    public TalkPace(int bytes, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Bytes = bytes;
        Interval = interval;
    }

    /// <summary>The most bytes that arrive in an interval.</summary>
    public int Bytes { get; }

    /// <summary>The interval.</summary>
    public TimeSpan Interval { get; }
}
