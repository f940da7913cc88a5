using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Points of the charts. The names are those of the JSON.</summary>
/// <param name="StepSeconds">The length of the pieces.</param>
/// <param name="Points">The oldest first.</param>
internal sealed record HistoryPage(int StepSeconds, ImmutableArray<HistoryPoint> Points);
