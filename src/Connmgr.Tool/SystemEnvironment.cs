using System.Collections;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>The environment of a real process. The one place that touches <see cref="Console"/>.</summary>
internal static class SystemEnvironment
{
    public static ToolEnvironment Create()
    {
        var isTerminal = !Console.IsOutputRedirected;
        return new ToolEnvironment
        {
            Out = isTerminal ? Console.Out : RedirectedOutput(),
            Error = Console.Error,
            Terminal = isTerminal ? Terminal() : null,
            Variables = Variables(),
            OnHangup = Hangups,
        };
    }

    private static FrozenDictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToFrozenDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? string.Empty, StringComparer.Ordinal);

    /// <summary>The terminal is gone, or somebody wants the configuration read again: either way, the process is not to end for it at once.</summary>
    private static PosixSignalRegistration Hangups(Action action) => PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        action();
    });

    private static IAnsiConsole? Terminal()
    {
        var console = AnsiConsole.Console;
        var isDumb = string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);
        return console.Profile.Capabilities.Ansi && !isDumb ? console : null;
    }

    /// <summary>
    /// Standard output that is no terminal. The one of <see cref="Console"/> goes on silently when the reader of a pipe is gone, and
    /// so would the program; this one throws.
    /// </summary>
    private static StreamWriter RedirectedOutput()
    {
        const int Buffer = 4096;
        var stream = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : Pipe() ?? Console.OpenStandardOutput();
        return new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Buffer);
    }

    /// <summary>Standard output as a pipe; null when it is a file, where a FileStream would ignore what others append.</summary>
    private static FileStream? Pipe()
    {
        const int StandardOutput = 1;
        var handle = new SafeFileHandle(StandardOutput, ownsHandle: false);
        var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        if (!stream.CanSeek)
            return stream;
        stream.Dispose();
        return null;
    }
}
