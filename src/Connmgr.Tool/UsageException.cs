using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>A command was asked for in a way that it does not understand.</summary>
/// <param name="command">The command's name, with those above it.</param>
/// <param name="messages">All that is wrong, each with what to write instead.</param>
internal sealed class UsageException(string command, ImmutableArray<string> messages) : ToolException(string.Join(' ', messages))
{
    public string Command => command;

    public ImmutableArray<string> Messages => messages;
}
