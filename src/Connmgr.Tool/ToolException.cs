using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>An error that the user can correct. The user only sees the message: what happened, the value, and the remedy.</summary>
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

/// <summary>An error in the command line or the configuration.</summary>
/// <param name="command">The name of the command, after those of its parents.</param>
/// <param name="messages">All errors, each with its remedy.</param>
internal sealed class UsageException(string command, ImmutableArray<string> messages) : ToolException(string.Join(' ', messages))
{
    public string Command => command;

    public ImmutableArray<string> Messages => messages;
}

/// <summary>An error because another process uses the data directory.</summary>
internal sealed class DataDirectoryInUseException(string message, Exception innerException) : ToolException(message, innerException);
