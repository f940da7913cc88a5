using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The result of <c>connmgr resolve --json</c>. docs/guides/tor.md is the contract: fields are added to it, never changed.</summary>
/// <param name="Query">The name or address that was looked up.</param>
/// <param name="Addresses">The addresses of a name; none with --reverse.</param>
/// <param name="Name">With --reverse, the name of the address.</param>
/// <param name="Failure">The reason why there is no result; null when there is one.</param>
/// <param name="Message">The error message; null when there is a result.</param>
/// <param name="Seconds">The duration.</param>
internal sealed record ResolveItem(
    string Query, IReadOnlyList<string> Addresses, string? Name, string? Failure, string? Message, double Seconds);

/// <summary>The JSON of <c>connmgr resolve</c>, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ResolveItem))]
internal sealed partial class ResolveJson : JsonSerializerContext;
