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

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Opens the network of a name.</summary>
    public Func<NetworkName, TimeProvider, NetworkWorld> OpenWorld { get; init; } = NetworkWorld.Open;
}
