namespace Connmgr.Tool;

/// <summary>The refusal of a request.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A code for programs.</param>
/// <param name="Message">The text: what happened, the value, and the remedy.</param>
internal sealed record DashboardRefusal(int Status, string Code, string Message);

/// <summary>The exception for a request that can't be answered.</summary>
internal sealed class DashboardException(int status, string code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public DashboardRefusal Refusal => new(status, code, Message);
}
