namespace Connmgr;

/// <summary>An entry of a file that could not be taken.</summary>
/// <param name="Index">Its place among the entries, from 0.</param>
/// <param name="Reason">What is wrong with it, with the value, for a message.</param>
public sealed record DroppedBan(int Index, string Reason);
