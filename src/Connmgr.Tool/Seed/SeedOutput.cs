using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>Writes the results of <c>connmgr seed</c> as lines or JSON, each seed as soon as it has answered.</summary>
internal sealed class SeedOutput(TextWriter output, SeedOptions options)
{
    public async Task WriteAsync(DnsSeedOutcome outcome)
    {
        var text = options.Json ? JsonSerializer.Serialize(SeedItem.From(outcome), SeedJson.Default.SeedItem) + "\n" : Lines(outcome);
        await output.WriteAsync(text).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
    }

    public async Task SummarizeAsync(IReadOnlyCollection<DnsSeedOutcome> outcomes)
    {
        if (options.Json)
            return;
        var addresses = outcomes.SelectMany(outcome => outcome.Addresses).Select(address => address.EndPoint).Distinct().Count();
        var answered = outcomes.Count(outcome => outcome.Failure == DnsSeedFailure.None);
        var seeds = Count(outcomes.Count, "seed", "seeds");
        await output.WriteAsync($"{Count(addresses, "address", "addresses")} from {answered} of {seeds}\n").ConfigureAwait(false);
    }

    private string Lines(DnsSeedOutcome outcome)
    {
        var lines = new StringBuilder();
        var seconds = outcome.Duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        var result = outcome.Failure == DnsSeedFailure.None ? Count(outcome.Addresses.Count, "address", "addresses") : $"failed: {Reason(outcome)}";
        lines.Append(CultureInfo.InvariantCulture, $"{outcome.Host}  {result}  ({seconds} s)\n");
        foreach (var address in outcome.Addresses)
            lines.Append(CultureInfo.InvariantCulture, $"  {address.EndPoint}\n");
        return lines.ToString();
    }

    private string Reason(DnsSeedOutcome outcome) => outcome.Failure switch
    {
        DnsSeedFailure.NoAddresses => "no usable address in the answer",
        DnsSeedFailure.Timeout => $"no answer within {options.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s",
        _ => SafeText.Line(outcome.Exception?.Message ?? "unknown"),
    };

    private static string Count(int count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}
