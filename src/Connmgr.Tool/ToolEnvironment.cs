using System.Collections.Frozen;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>The environment of a command.</summary>
internal sealed record ToolEnvironment
{
    /// <summary>Standard output.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The terminal of standard output; null when it is not a terminal, or can't move its cursor.</summary>
    public IAnsiConsole? Terminal { get; init; }

    /// <summary>The columns of standard output, for wrapping text.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Standard error as a terminal that can overwrite a line; null when it is none.</summary>
    public TextWriter? ErrorTerminal { get; init; }

    /// <summary>The environment variables.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>
    /// The function that registers an action for each SIGHUP, on any thread, until its result is disposed; null where there is no such
    /// signal.
    /// </summary>
    public Func<Action, IDisposable>? OnHangup { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The function that opens a network.</summary>
    public Func<NetworkName, TimeProvider, NetworkWorld> OpenWorld { get; init; } = NetworkWorld.Open;

    /// <summary>The function that measures the resident memory of the process, in bytes. Default: 0.</summary>
    public Func<long> ResidentMemory { get; init; } = static () => 0;

    /// <summary>The action that collects garbage and returns memory to the system. Default: nothing.</summary>
    public Action CollectGarbage { get; init; } = static () => { };
}
