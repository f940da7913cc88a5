using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>What <c>connmgr resolve --json</c> writes. docs/guides/tor.md is the contract: fields are added to it, never changed.</summary>
/// <param name="Query">What was asked for.</param>
/// <param name="Addresses">The addresses of a name; none with --reverse.</param>
/// <param name="Name">With --reverse, the name of the address.</param>
/// <param name="Failure">Why there is nothing; null when there is.</param>
/// <param name="Message">The same in words.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ResolveItem(
    string Query, IReadOnlyList<string> Addresses, string? Name, string? Failure, string? Message, double Seconds);

/// <summary>How the JSON of <c>connmgr resolve</c> is written, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ResolveItem))]
internal sealed partial class ResolveJson : JsonSerializerContext;
