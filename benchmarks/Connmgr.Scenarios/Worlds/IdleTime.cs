namespace Connmgr.Scenarios;

/// <summary>The processor time of an idle process.</summary>
internal static class IdleTime
{
    private const int WarmUps = 100;
    private static readonly TimeSpan TierPause = TimeSpan.FromMilliseconds(120);

    // The pool's threads leave after 20 s without work.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(25);

    /// <summary>Waits until this process is idle, then measures for a time.</summary>
    public static async Task<(TimeSpan Cpu, long Switches)> MeasureAsync(TimeSpan time)
    {
        // The measuring code must also have been compiled by the last tier, or that happens within the measured time: 30 ms, a hundred times what is to be
        // measured. The tiered compiler counts calls only after a pause of 100 ms in which nothing was called for the first time.
        for (var i = 0; i < WarmUps; i++)
        {
            Footprint.ContextSwitches();
            Meter.Start().Read();
            await Task.Delay(TierPause, TimeProvider.System);
        }

        Footprint.Take();
        await Task.Delay(Settling, TimeProvider.System);
        var switches = Footprint.ContextSwitches();
        var meter = Meter.Start();
        await Task.Delay(time, TimeProvider.System);
        var cost = meter.Read();
        return (cost.Cpu, Footprint.ContextSwitches() - switches);
    }
}
