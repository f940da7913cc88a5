namespace Connmgr;

/// <summary>How many inbound connections were refused for one cause.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Count">How many.</param>
public sealed record InboundRefusals(ConnectFailureCause Cause, long Count);
