namespace Connmgr.Tool;

/// <summary>Why a request is not answered as it wants.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Code">For programs.</param>
/// <param name="Message">For people: what happened, the value, what to do.</param>
internal sealed record DashboardRefusal(int Status, string Code, string Message);

/// <summary>A request can't be answered as it is.</summary>
internal sealed class DashboardException(int status, string code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public DashboardRefusal Refusal => new(status, code, Message);
}
