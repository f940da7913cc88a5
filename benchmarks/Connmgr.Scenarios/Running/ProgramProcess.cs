using System.Diagnostics;

namespace Connmgr.Scenarios;

/// <summary>
/// Another process of this program: it measures a scenario, or is the other end of measured connections. It ends when this process does, however that ends, because
/// its standard input ends.
/// </summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _what;

    private ProgramProcess(Process process, string what) => (_process, _what) = (process, what);

    /// <summary>Starts this program with other arguments. It shares the standard error of this process.</summary>
    public static ProgramProcess Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo { FileName = Environment.ProcessPath!, UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };

        // Started as 'dotnet Connmgr.Scenarios.dll', the program is the first argument.
        if (string.Equals(Path.GetFileNameWithoutExtension(start.FileName), "dotnet", StringComparison.Ordinal))
            start.ArgumentList.Add(typeof(ProgramProcess).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var what = string.Join(' ', start.ArgumentList);
        return new(Process.Start(start) ?? throw new InvalidOperationException($"'{what}' did not start."), what);
    }

    /// <summary>Starts this program in a role.</summary>
    public static ProgramProcess StartRole(string role, params IEnumerable<string> arguments) => Start(["--role", role, .. arguments]);

    /// <summary>Reads the next line that it writes; null when it has ended.</summary>
    public Task<string?> TryReadLineAsync() => _process.StandardOutput.ReadLineAsync();

    /// <summary>Reads the next line that it writes.</summary>
    /// <exception cref="InvalidOperationException">It has ended instead.</exception>
    public async Task<string> ReadLineAsync() =>
        await TryReadLineAsync() ?? throw new InvalidOperationException($"'{_what}' ended before it gave its answer.");

    /// <summary>Writes a line for it to read, and reads one.</summary>
    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await ReadLineAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with an error.</exception>
    public async Task EndAsync()
    {
        await _process.WaitForExitAsync();
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"'{_what}' ended with exit code {_process.ExitCode}.");
    }

    /// <summary>Ends it: by closing its standard input, and by force if that is not enough.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var grace = new CancellationTokenSource(Grace, TimeProvider.System);
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }
}
