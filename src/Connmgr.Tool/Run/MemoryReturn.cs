namespace Connmgr.Tool;

/// <summary>
/// Returns memory to the system after a rush. The garbage collector only runs when memory is allocated, so an idle run would keep the
/// memory of the rush. Design T-1.
/// </summary>
internal sealed class MemoryReturn : IAsyncDisposable
{
    /// <summary>The interval at which the memory is measured.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>The growth, in bytes, that justifies a collection.</summary>
    public const long MinGrowth = 8 * 1024 * 1024;

    private readonly Func<long> _memory;
    private readonly Action _collect;
    private readonly ITimer _timer;
    private long? _least;

    /// <summary>Starts to measure.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="memory">Gets the resident memory, in bytes.</param>
    /// <param name="collect">Collects garbage and returns memory to the system.</param>
    public MemoryReturn(TimeProvider timeProvider, Func<long> memory, Action collect)
    {
        (_memory, _collect) = (memory, collect);
        _timer = timeProvider.CreateTimer(static state => ((MemoryReturn)state!).Check(), this, Period, Period);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>Collects garbage when the memory has grown since the last collection, whose rest is in use.</summary>
    private void Check()
    {
        var now = _memory();
        if (now < (_least ?? now) + MinGrowth)
        {
            _least = Math.Min(_least ?? now, now);
            return;
        }

        _collect();
        _least = _memory();
    }
}
