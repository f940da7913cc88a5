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
