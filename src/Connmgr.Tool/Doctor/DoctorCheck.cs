using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The verdicts of <c>connmgr doctor</c>.</summary>
internal enum CheckStatus
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>It was not checked; the message says why.</summary>
    Skipped,

    /// <summary>A run works, but worse than it could.</summary>
    Warning,

    /// <summary>A run does not work, or a part of it.</summary>
    Problem,
}

/// <summary>One result of <c>connmgr doctor</c>. Immutable.</summary>
/// <param name="Name">The subject, such as "ports".</param>
/// <param name="Status">The verdict.</param>
/// <param name="Message">The finding, in sentences.</param>
/// <param name="Remedy">The remedy, in sentences; null for none.</param>
internal sealed record DoctorCheck(string Name, CheckStatus Status, string Message, string? Remedy = null);

/// <summary>The output of <c>connmgr doctor --json</c>. docs/guides/doctor.md is the contract: fields are added to it, never changed.</summary>
/// <param name="Checks">The results, in the order of the checks.</param>
/// <param name="Problems">The number of problems.</param>
/// <param name="Warnings">The number of warnings.</param>
internal sealed record DoctorReport(ImmutableArray<DoctorItem> Checks, int Problems, int Warnings)
{
    public static DoctorReport From(IReadOnlyCollection<DoctorCheck> checks) => new(
        [.. checks.Select(static check => new DoctorItem(check.Name, Names.Get(check.Status), check.Message, check.Remedy))],
        checks.Count(static check => check.Status == CheckStatus.Problem),
        checks.Count(static check => check.Status == CheckStatus.Warning));
}

/// <summary>A result in the JSON. The property names are those of the JSON.</summary>
/// <param name="Name">The subject.</param>
/// <param name="Status"><c>ok</c>, <c>skipped</c>, <c>warning</c> or <c>problem</c>.</param>
/// <param name="Message">The finding.</param>
/// <param name="Remedy">The remedy; null for none.</param>
internal sealed record DoctorItem(string Name, string Status, string Message, string? Remedy);

/// <summary>The JSON of <c>connmgr doctor</c>, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
