namespace Connmgr.Fuzz;

/// <summary>Ends the process when one execution takes longer than any input should, and keeps that input.</summary>
internal sealed class HangDetector : IDisposable
{
    /// <summary>The exit code of a process that hung.</summary>
    public const int ExitCode = 70;

    private readonly TimeSpan _limit;
    private readonly string? _folder;
    private readonly ITimer _timer;
    private string _target = string.Empty;
    private byte[]? _slow; // A copy of the input that is read, once it has taken a while.
    private ReadOnlyMemory<byte> _input;
    private long _begun;
    private long _turn; // Even between executions, odd within one.
    private long _turnBefore;
    private int _sightings; // Of the same execution in a row.

    public HangDetector(TimeSpan limit, string? folder)
    {
        (_limit, _folder) = (limit, folder);
        _timer = TimeProvider.System.CreateTimer(_ => Look(), state: null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Begin(string target, ReadOnlyMemory<byte> input)
    {
        (_target, _input) = (target, input);
        Volatile.Write(ref _turn, _turn + 1);
    }

    public void End() => Volatile.Write(ref _turn, _turn + 1);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var turn = Volatile.Read(ref _turn);
        if (turn != _turnBefore || turn % 2 == 0)
        {
            (_turnBefore, _sightings, _begun, _slow) = (turn, 0, TimeProvider.System.GetTimestamp(), null);
            return;
        }

        _slow ??= _input.ToArray();
        if (++_sightings < 2 || TimeProvider.System.GetElapsedTime(_begun) < _limit)
            return;
        var name = $"{_target}-{Corpus.GetName(_slow)}";
        Console.Error.WriteLine($"FAILED: {_target}, input {name} of {_slow.Length} bytes: it takes more than {_limit.TotalSeconds} s");
        if (_folder is not null)
        {
            Directory.CreateDirectory(_folder);
            File.WriteAllBytes(Path.Combine(_folder, name), _slow);
        }

        Environment.Exit(ExitCode);
    }
}
