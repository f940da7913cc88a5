namespace Connmgr.Tool;

/// <summary>Why a request is not answered as it wants.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Code">For programs.</param>
/// <param name="Message">For people: what happened, the value, what to do.</param>
internal sealed record DashboardRefusal(int Status, string Code, string Message);
