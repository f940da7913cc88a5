namespace Connmgr.Tool;

/// <summary>
/// Gives memory back to the system once whoever needed it is gone. The garbage collector runs when memory is allocated, so a run that falls idle after a
/// rush would keep what the rush took.
/// </summary>
internal sealed class MemoryReturn : IAsyncDisposable
{
    /// <summary>How often the memory is looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>The growth, in bytes, that is worth a collection.</summary>
    public const long WorthIt = 8 * 1024 * 1024;

    private readonly Func<long> _memory;
    private readonly Action _collect;
    private readonly ITimer _timer;
    private long? _least;

    /// <summary>Begins.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="memory">Gives the resident memory, in bytes.</param>
    /// <param name="collect">Collects garbage and gives memory back to the system.</param>
    public MemoryReturn(TimeProvider timeProvider, Func<long> memory, Action collect)
    {
        (_memory, _collect) = (memory, collect);
        _timer = timeProvider.CreateTimer(static state => ((MemoryReturn)state!).Look(), this, Period, Period);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>What is left after a collection is in use: the next one is due when that has grown.</summary>
    private void Look()
    {
        var now = _memory();
        if (now < (_least ?? now) + WorthIt)
        {
            _least = Math.Min(_least ?? now, now);
            return;
        }

        _collect();
        _least = _memory();
    }
}
