namespace Connmgr.Scenarios;

/// <summary>One run of a scenario.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Number">0 for a warm-up, else from 1. The seed of what is random.</param>
/// <param name="Take">Takes name, value and unit of a figure.</param>
internal sealed record ScenarioRun(Scenario Scenario, int Number, Action<string, double, string> Take)
{
    /// <summary>Gives the figure that the scenario is named after.</summary>
    public void Add(double value, string unit) => Take(Scenario.Name, value, unit);

    /// <summary>Gives a further figure.</summary>
    public void Add(string suffix, double value, string unit) => Take($"{Scenario.Name}_{suffix}", value, unit);
}
