
namespace Connmgr.Tests.Connections;

/// <summary>Runs a manager on the test's own thread: its loop, and everything it schedules, until nothing is left to do.</summary>
internal sealed class WorkQueue(Random? order = null)
{
    private readonly List<(Func<object, Task> Work, object State)> _work = [];

    public int Count => _work.Count;

    public void Schedule(Func<object, Task> work, object state) => _work.Add((work, state));

    /// <summary>Runs one piece of work: the oldest, or any when an order was given.</summary>
    public bool RunOne()
    {
        if (_work.Count == 0)
            return false;
        var index = order?.Next(_work.Count) ?? 0;
        var (work, state) = _work[index];
        _work.RemoveAt(index);
        var task = work(state);
        Assert.False(task.IsFaulted, task.Exception?.ToString());
        return true;
    }
}
