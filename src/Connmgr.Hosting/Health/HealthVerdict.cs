using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>How healthy connections are, and why.</summary>
/// <param name="Status">How.</param>
/// <param name="Description">Why, in a sentence.</param>
internal sealed record HealthVerdict(HealthStatus Status, string Description);
