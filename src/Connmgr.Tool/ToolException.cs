using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Something that the user can mend. The message is all that he sees: what happened, the value, what to do.</summary>
internal class ToolException : Exception
{
    public ToolException()
    {
    }

    public ToolException(string message)
        : base(message)
    {
    }

    public ToolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A command was asked for in a way that it does not understand.</summary>
/// <param name="command">The command's name, with those above it.</param>
/// <param name="messages">All that is wrong, each with what to write instead.</param>
internal sealed class UsageException(string command, ImmutableArray<string> messages) : ToolException(string.Join(' ', messages))
{
    public string Command => command;

    public ImmutableArray<string> Messages => messages;
}

/// <summary>Another process has the data directory.</summary>
internal sealed class DataDirectoryInUseException(string message, Exception innerException) : ToolException(message, innerException);
