using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The result of a seed in <c>connmgr seed --json</c>. docs/guides/seed.md is the contract: fields are added to it, never changed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Host">The name that was looked up.</param>
/// <param name="Addresses">The addresses, each HOST:PORT.</param>
/// <param name="Failure">The reason why there are none; null when there are some.</param>
/// <param name="Message">The error message; null when there is none.</param>
/// <param name="Attempts">The number of lookups.</param>
/// <param name="Seconds">The duration.</param>
internal sealed record SeedItem(
    string Seed, string Host, IReadOnlyList<string> Addresses, string? Failure, string? Message, int Attempts, double Seconds)
{
    public static SeedItem From(DnsSeedOutcome outcome) => new(
        outcome.Seed.Host,
        outcome.Host,
        [.. outcome.Addresses.Select(address => address.EndPoint.ToString())],
        outcome.Failure == DnsSeedFailure.None ? null : Names.Get(outcome.Failure),
        outcome.Exception is { } exception ? SafeText.Line(exception.Message) : null,
        outcome.Attempts,
        Math.Round(outcome.Duration.TotalSeconds, 3));
}

/// <summary>The JSON of <c>connmgr seed</c>, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SeedItem))]
internal sealed partial class SeedJson : JsonSerializerContext;
