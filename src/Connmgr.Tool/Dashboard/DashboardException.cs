namespace Connmgr.Tool;

/// <summary>A request can't be answered as it is.</summary>
internal sealed class DashboardException(int status, string code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public DashboardRefusal Refusal => new(status, code, Message);
}
