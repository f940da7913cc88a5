using System.Collections.Frozen;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>All that a command has of the world around it.</summary>
internal sealed record ToolEnvironment
{
    /// <summary>Standard output.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The terminal that standard output is; null when it is none, or one that can't move its cursor.</summary>
    public IAnsiConsole? Terminal { get; init; }

    /// <summary>The columns of standard output, for text that is wrapped.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Standard error as a terminal that can write over a line; null when it is none.</summary>
    public TextWriter? ErrorTerminal { get; init; }

    /// <summary>The variables of the environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Has an action called at each SIGHUP, on any thread, until what it gives is disposed of; null where there is none.</summary>
    public Func<Action, IDisposable>? OnHangup { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Opens the network of a name.</summary>
    public Func<NetworkName, TimeProvider, NetworkWorld> OpenWorld { get; init; } = NetworkWorld.Open;

    /// <summary>Gives the resident memory of the process, in bytes. Default: nothing is known of it.</summary>
    public Func<long> ResidentMemory { get; init; } = static () => 0;

    /// <summary>Collects garbage and gives memory back to the system. Default: nothing happens.</summary>
    public Action CollectGarbage { get; init; } = static () => { };
}
