using System.Collections.Immutable;

namespace Connmgr;

/// <summary>One reply of Tor's control port, or one event (control-spec section 2.3).</summary>
/// <param name="Status">Three digits. 250: done; 5xx: refused; 650: an event.</param>
/// <param name="Lines">The lines without status and separator; what follows a line that ends in data (<c>+</c>) is a line each.</param>
internal readonly record struct TorReply(int Status, ImmutableArray<string> Lines)
{
    private const int Done = 250;
    private const int Event = 650;

    public bool IsDone => Status == Done;

    public bool IsEvent => Status == Event;

    /// <summary>The last line, which says in words what went wrong.</summary>
    public string Text => Lines.IsDefaultOrEmpty ? string.Empty : Lines[^1];

    /// <summary>Status and last line for a message to people: bounded, and nothing that moves a cursor.</summary>
    public string Shown => Invariant($"{Status} {Printable(Text)}");

    /// <summary>Returns the beginning of a text, with '?' for each character that can't be printed.</summary>
    public static string Printable(string text)
    {
        const int most = 200;
        return string.Create(Math.Min(text.Length, most), text, static (shown, text) =>
        {
            for (var i = 0; i < shown.Length; i++)
                shown[i] = char.IsControl(text[i]) ? '?' : text[i];
        });
    }
}
