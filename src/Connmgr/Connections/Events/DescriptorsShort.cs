namespace Connmgr;

/// <summary>
/// At the start, the process may not open as many files as the limits of connections need; those of inbound connections and hedged dials were lowered for it. Raise the
/// limit of open files (ulimit -n, LimitNOFILE=), or lower <see cref="ConnectionManagerOptions.MaxInbound"/> or
/// <see cref="ConnectionManagerOptions.TargetOutbound"/>.
/// </summary>
/// <param name="Time">When.</param>
/// <param name="Limit">How many files the process may open.</param>
/// <param name="Needed">How many are needed.</param>
/// <param name="MaxInbound">The inbound limit from now on; null for none.</param>
public sealed record DescriptorsShort(DateTimeOffset Time, long Limit, long Needed, int? MaxInbound) : ConnectionEvent(Time)
{
    /// <summary>The limit of dials beyond one for each slot from now on.</summary>
    public int MaxHedgedDials { get; init; }
}
