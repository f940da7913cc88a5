using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Connmgr.Interop;

/// <summary>A program that was started for a test. It ends with the test process at the latest. Thread-safe.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int OutputLimit = 256 * 1024;
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly IDisposable _reap;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openStreams = 2;

    private ServerProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        _reap = Reaper.Instance.Add($"kill -KILL {Id}");
        process.OutputDataReceived += (_, e) => Collect(e.Data);
        process.ErrorDataReceived += (_, e) => Collect(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What the program wrote so far, both streams, at most 256 KiB.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a program, in a network namespace when one is given.</summary>
    public static ServerProcess Start(string program, IEnumerable<string> arguments, NetworkNamespace? network = null, string? workingDirectory = null)
    {
        // `ip netns exec` becomes the program: the process id is the program's own.
        IEnumerable<string> command = network is null ? [program, .. arguments] : ["ip", "netns", "exec", network.Name, program, .. arguments];
        var start = new ProcessStartInfo(command.First(), command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ServerProcess(process);
    }

    /// <summary>Runs a program to its end and returns what it wrote; fails the test when it reports failure.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, NetworkNamespace? network, CancellationToken cancellationToken)
    {
        var list = arguments.ToList();
        await using var process = Start(program, list, network);
        var code = await process.WaitAsync(cancellationToken);
        Assert.True(code == 0, $"{program} {string.Join(' ', list)} ended with exit code {code}: {process.Output}");
        return process.Output;
    }

    /// <summary>Waits for the program's end; returns its exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _outputEnded.Task.WaitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Asks the program to end (SIGTERM); returns its exit code.</summary>
    public async Task<int> TerminateAsync(CancellationToken cancellationToken)
    {
        Signal(SigTerm);
        return await WaitAsync(cancellationToken);
    }

    /// <summary>Ends the program without asking (SIGKILL).</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _reap.Dispose();
        _process.Dispose();
    }

    private void Signal(int signal)
    {
        // A process that has not been waited for keeps its id, so this cannot hit another one.
        if (!_process.HasExited)
        {
            Assert.True(Kill(Id, signal) == 0 || _process.HasExited, $"no signal could be sent to process {Id}");
        }
    }

    private void Collect(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _openStreams) == 0)
            {
                _outputEnded.TrySetResult();
            }

            return;
        }

        lock (_output)
        {
            if (_output.Length + line.Length < OutputLimit)
            {
                _output.AppendLine(line);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
