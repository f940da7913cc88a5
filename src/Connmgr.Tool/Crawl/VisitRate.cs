namespace Connmgr.Tool;

/// <summary>The rate of visits over the last half minute.</summary>
internal sealed class VisitRate
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Queue<(TimeSpan Time, long Visits)> _samples = [];

    /// <summary>Adds the number of visits at a time.</summary>
    /// <returns>The visits a second.</returns>
    public double Add(TimeSpan time, long visits)
    {
        _samples.Enqueue((time, visits));
        while (_samples.Count > 2 && time - _samples.Peek().Time > Window)
            _samples.Dequeue();
        var (first, then) = _samples.Peek();
        return time > first ? (visits - then) / (time - first).TotalSeconds : 0;
    }
}
