namespace Connmgr.Tool;

/// <summary>A column of a table in the live view.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Width">Its width; for the last one, which takes what is left of the line, the least that is of use.</param>
/// <param name="Rank">Which columns are there on a narrow terminal: those of the lowest ranks.</param>
/// <param name="Cell">What stands in it for an item.</param>
/// <param name="IsRight">Whether its cells are aligned to the right.</param>
/// <param name="IsLast">Whether it takes what is left of the line.</param>
internal sealed record LiveColumn<T>(string Title, int Width, int Rank, Func<T, string> Cell, bool IsRight = false, bool IsLast = false);
