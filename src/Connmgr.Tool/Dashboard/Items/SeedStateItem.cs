namespace Connmgr.Tool;

/// <summary>What a seed gave the last time. The names are those of the JSON.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What was asked.</param>
/// <param name="Addresses">How many addresses it gave.</param>
/// <param name="Failure">Why there are none; null when there are.</param>
/// <param name="Message">What went wrong, in words; null when nothing is known.</param>
/// <param name="TimesAsked">How often it was asked.</param>
/// <param name="Time">When it answered or failed.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record SeedStateItem(
    string Kind, string Name, int Addresses, string? Failure, string? Message, int TimesAsked, string Time, double Seconds)
{
    public static SeedStateItem Of(SeedOutcome seed) => new(
        Names.Of(seed.Kind),
        SafeText.Line(seed.Name),
        seed.AddressCount,
        seed.Failure == SeedFailure.None ? null : Names.Of(seed.Failure),
        seed.Exception is { } exception ? SafeText.Line(exception.Message) : null,
        seed.TimesAsked,
        EventJson.Time(seed.Time),
        Math.Round(seed.Duration.TotalSeconds, 3));
}
