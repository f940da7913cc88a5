namespace Connmgr.Docs.Tests;

/// <summary>
/// Code that pages show: what stands in a source file between <c>// snippet: NAME</c> and <c>// end</c>, all parts of one name joined, without the indentation
/// that all lines have.
/// </summary>
internal static class Snippet
{
    private const string Start = "// snippet: ";
    private const string End = "// end";

    /// <summary>Takes a snippet from source code.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, or one that does not end.</exception>
    public static string[] Take(string[] source, string name)
    {
        var lines = new List<string>();
        var isInside = false;
        var isThere = false;
        foreach (var line in source)
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith(Start, StringComparison.Ordinal))
            {
                if (isInside)
                    throw new InvalidDataException($"The snippet '{name}' has another within it: end it first.");
                isInside = trimmed[Start.Length..].Equals(name, StringComparison.Ordinal);
                isThere |= isInside;
            }
            else if (trimmed.Equals(End, StringComparison.Ordinal))
            {
                isInside = false;
            }
            else if (isInside)
            {
                lines.Add(line.TrimEnd());
            }
        }

        if (!isThere || isInside)
            throw new InvalidDataException($"The snippet '{name}' {(isThere ? "does not end: add '// end'" : "is not there")}.");
        return Unindent(Trim(lines));
    }

    private static string[] Trim(List<string> lines)
    {
        var first = lines.FindIndex(line => line.Length > 0);
        var last = lines.FindLastIndex(line => line.Length > 0);
        return first < 0 ? [] : [.. lines[first..(last + 1)]];
    }

    private static string[] Unindent(string[] lines)
    {
        var depth = lines.Where(line => line.Length > 0).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty().Min();
        return [.. lines.Select(line => line.Length > depth ? line[depth..] : string.Empty)];
    }
}
