namespace Connmgr.Scenarios;

/// <summary>What it costs to have everything and do nothing.</summary>
internal static class IdleTime
{
    // The pool's threads leave after 20 s without work, and the tiered compiler has long done its part by then.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(25);

    /// <summary>Lets this process come to rest, then measures for a time.</summary>
    public static async Task<(TimeSpan Cpu, long Switches)> MeasureAsync(TimeSpan time)
    {
        Footprint.Take();
        await Task.Delay(Settling, TimeProvider.System);
        var switches = Footprint.ContextSwitches();
        var meter = Meter.Start();
        await Task.Delay(time, TimeProvider.System);
        var cost = meter.Read();
        return (cost.Cpu, Footprint.ContextSwitches() - switches);
    }
}
