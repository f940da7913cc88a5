namespace Connmgr.Tool;

/// <summary>A column of a table in the live view.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Width">Its width; 0 for what is left of the line.</param>
/// <param name="IsRight">Whether its cells are aligned to the right.</param>
internal readonly record struct LiveColumn(string Title, int Width, bool IsRight = false);
