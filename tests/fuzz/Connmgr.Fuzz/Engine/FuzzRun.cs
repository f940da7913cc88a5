namespace Connmgr.Fuzz;

/// <summary>
/// Runs one target: its corpus first, then inputs that are changed at random. Where the assemblies are instrumented, an input that takes a new branch joins the corpus
/// of the run. Not thread-safe.
/// </summary>
internal sealed class FuzzRun
{
    private const int ClockInterval = 256;

    private readonly FuzzTarget _target;
    private readonly CoverageMap _map;
    private readonly HangDetector _hangs;
    private readonly FailureFolder _failures;
    private readonly Oracle _oracle;
    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _queue;
    private readonly int _given;

    public FuzzRun(FuzzTarget target, Corpus corpus, IReadOnlyList<byte[]> more, int seed, CoverageMap map, HangDetector hangs, FailureFolder failures)
    {
        (_target, _map, _hangs, _failures) = (target, map, hangs, failures);
        _oracle = new(target);
        _random = new(seed);
        _mutator = new(_random, corpus.ReadDictionary(target.Name), target.MaxLength);
        _queue = [.. corpus.Read(target.Name), .. more];
        if (_queue.Count == 0)
            _queue.Add([]);
        _given = _queue.Count;
    }

    /// <summary>The executions so far.</summary>
    public long Executions { get; private set; }

    /// <summary>The inputs that found new branches, which none of the given ones took.</summary>
    public IEnumerable<byte[]> Found => _queue.Skip(_given);

    /// <summary>The results so far.</summary>
    public Oracle Oracle => _oracle;

    /// <summary>The branches that were taken; zero if the assemblies are not instrumented.</summary>
    public int Branches => _map.Branches;

    /// <summary>Runs until a number of executions or a time is over, whichever comes first.</summary>
    public void Run(long executions, TimeSpan time)
    {
        var start = TimeProvider.System.GetTimestamp();
        foreach (var input in _queue.ToArray())
            Execute(input);
        for (var i = 0; i < executions; i++)
        {
            if (i % ClockInterval == 0 && TimeProvider.System.GetElapsedTime(start) >= time)
                return;

            var input = _mutator.Mutate(ChooseParent(), _queue[_random.Next(_queue.Count)]);
            if (Execute(input))
                _queue.Add(input.ToArray());
        }
    }

    /// <summary>Draws two, of which the shorter one is read faster. The latest come more often, because they are the least known.</summary>
    private byte[] ChooseParent()
    {
        var first = _queue[_random.Next(_queue.Count)];
        var second = _queue[_queue.Count - 1 - (int)(_random.NextDouble() * _random.NextDouble() * _queue.Count)];
        return first.Length < second.Length ? first : second;
    }

    private bool Execute(ReadOnlyMemory<byte> input)
    {
        Executions++;
        _hangs.Begin(_target.Name, input);
        _map.Begin();
        try
        {
            _oracle.Check(input);
        }
        catch (FuzzFailure failure)
        {
            _failures.Add(_target.Name, input.Span, failure);
        }

        _hangs.End();
        return _map.End();
    }
}
