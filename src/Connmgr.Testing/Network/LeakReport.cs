namespace Connmgr.Testing;

/// <summary>Collects leaks for an error message that stays readable however many there are.</summary>
internal sealed class LeakReport
{
    private const int MaxNamed = 10;

    private readonly List<string> _lines = [];

    public void Add<T>(string what, IEnumerable<T> left, Func<T, string> name)
    {
        var names = new List<string>();
        var count = 0;
        foreach (var item in left)
        {
            if (count++ < MaxNamed) names.Add(name(item));
        }

        if (count == 0) return;
        var more = count > MaxNamed ? Invariant($", and {count - MaxNamed} more") : "";
        _lines.Add(Invariant($"{count} {what}: {string.Join(", ", names)}{more}."));
    }

    public void Add(string what, long count)
    {
        if (count != 0) _lines.Add(Invariant($"{count} {what}."));
    }

    public void ThrowIfAny()
    {
        if (_lines.Count > 0) throw new InvalidOperationException($"The network is not at rest. {string.Join(' ', _lines)}");
    }
}
