namespace Connmgr;

/// <summary>The target or the inbound limit was changed.</summary>
/// <param name="Time">When.</param>
/// <param name="TargetOutbound">The target from now on.</param>
/// <param name="MaxInbound">The inbound limit from now on; null for none.</param>
public sealed record LimitsChanged(DateTimeOffset Time, int TargetOutbound, int? MaxInbound) : ConnectionEvent(Time);
