namespace Connmgr;

/// <summary>The outcome of an operation, as the value of a tag.</summary>
internal static class OutcomeWord
{
    public const string Success = "success";

    public static string GetWord(ConnectFailureCause cause) => cause == ConnectFailureCause.None ? Success : TelemetryWords<ConnectFailureCause>.GetWord(cause);
}
