using System.Collections;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>The environment of a real process. Only this class and <see cref="TerminationSignals"/> use <see cref="Console"/>.</summary>
internal static class SystemEnvironment
{
    /// <summary>The variables of the locale. The first one that is set counts.</summary>
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    public static ToolEnvironment Create()
    {
        var isTerminal = !Console.IsOutputRedirected;
        var environment = new ToolEnvironment
        {
            Out = isTerminal ? Console.Out : RedirectedOutput(),
            Error = Console.Error,
            Terminal = isTerminal ? Terminal() : null,
            ErrorTerminal = !Console.IsErrorRedirected && CanMoveCursor() ? Console.Error : null,
            Variables = Variables(),
            OnHangup = Hangups,
            ResidentMemory = static () => Environment.WorkingSet,
            CollectGarbage = static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true),
        };
        return isTerminal && Console.WindowWidth is > 0 and var width ? environment with { Width = width } : environment;
    }

    private static FrozenDictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToFrozenDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? string.Empty, StringComparer.Ordinal);

    /// <summary>
    /// Registers an action for SIGHUP: the terminal is gone, or the configuration is to be reloaded. Either way, the signal must not end
    /// the process at once.
    /// </summary>
    private static PosixSignalRegistration Hangups(Action action) => PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        action();
    });

    private static IAnsiConsole? Terminal()
    {
        var console = AnsiConsole.Console;
        if (!console.Profile.Capabilities.Ansi)
            return null;
        console.Profile.Capabilities.Unicode = IsUtf8();
        return console;
    }

    private static bool CanMoveCursor() =>
        OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>Determines whether the locale uses UTF-8, by the rules of POSIX. On Windows, the console converts the text.</summary>
    private static bool IsUtf8()
    {
        if (OperatingSystem.IsWindows())
            return true;
        var locale = LocaleVariables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => value is { Length: > 0 });
        return locale is not null
            && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Opens standard output that is not a terminal. The writer of <see cref="Console"/> silently continues when the reader of a pipe is
    /// gone, and so would the program; this one throws.
    /// </summary>
    private static StreamWriter RedirectedOutput()
    {
        const int Buffer = 4096;
        var stream = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : Pipe() ?? Console.OpenStandardOutput();
        return new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Buffer);
    }

    /// <summary>Opens standard output as a pipe; null when it is a file, because a FileStream would overwrite what others append.</summary>
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
