namespace Connmgr;

/// <summary>Shortens texts that someone else wrote, for messages.</summary>
internal static class Excerpt
{
    private const int MaxLength = 80;

    /// <summary>Returns a text as a message shows it.</summary>
    /// <param name="text">The text, of any length.</param>
    /// <returns>The text; of a longer one, the first 80 characters and three dots.</returns>
    public static string Create(ReadOnlySpan<char> text) => text.Length <= MaxLength ? text.ToString() : string.Concat(text[..MaxLength], "...");
}
