namespace Connmgr.Tool;

/// <summary>What a token allows. The names are those of the JSON.</summary>
/// <param name="Changes">Whether changes are allowed: always true, for another token is refused.</param>
internal sealed record TokenItem(bool Changes);
