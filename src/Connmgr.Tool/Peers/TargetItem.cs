namespace Connmgr.Tool;

/// <summary>What became of the target. The names are those of the JSON.</summary>
/// <param name="Target">From now on.</param>
/// <param name="Previous">Until now.</param>
internal sealed record TargetItem(int Target, int Previous);
