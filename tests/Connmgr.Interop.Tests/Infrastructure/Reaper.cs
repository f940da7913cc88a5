using System.Diagnostics;

namespace Connmgr.Interop;

/// <summary>
/// Cleans up after a test process that could not (killed, crashed): a small shell that is told a command for everything that was
/// started, told again when it is gone, and carries out what is left, the last first, when the pipe from us ends. Thread-safe.
/// </summary>
internal sealed class Reaper : IAsyncDisposable
{
    private const string Script = """
        trap '' INT TERM HUP
        declare -A left
        while read -r what key command; do
            if [ "$what" = add ]; then left[$key]=$command; else unset "left[$key]"; fi
        done
        for key in $(printf '%s\n' "${!left[@]}" | sort -rn); do ${left[$key]}; done
        """;

    private static readonly Lazy<Reaper> OfThisProcess = new(() => new Reaper());

    private readonly Lock _lock = new();
    private readonly Process _shell;
    private long _lastKey;

    public Reaper()
    {
        _shell = Process.Start(new ProcessStartInfo("bash", ["-c", Script]) { UseShellExecute = false, RedirectStandardInput = true })!;
    }

    /// <summary>The one that outlives this process.</summary>
    public static Reaper Instance => OfThisProcess.Value;

    /// <summary>Has a command carried out should this process end without having disposed what it gets back.</summary>
    /// <param name="command">A program and its arguments, separated by spaces; no shell syntax.</param>
    public IDisposable Add(string command)
    {
        var key = Interlocked.Increment(ref _lastKey);
        Tell($"add {key} {command}");
        return new Entry(this, key);
    }

    /// <summary>Ends the shell, which carries out what was not taken back, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private void Tell(string line)
    {
        lock (_lock)
        {
            _shell.StandardInput.WriteLine(line);
            _shell.StandardInput.Flush();
        }
    }

    private sealed class Entry(Reaper reaper, long key) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                reaper.Tell($"remove {key}");
            }
        }
    }
}
