namespace Connmgr.Docs.Tests;

/// <summary>A page whose C# and F# comes from files that are compiled: each fence names one, as in <c>```csharp samples/QuickStart/Program.cs#peers</c>.</summary>
internal static class Page
{
    private const string Fence = "```";

    /// <summary>The page as it should be: with the code of the files that its fences name.</summary>
    /// <param name="lines">The page.</param>
    /// <param name="read">Reads a source file by its path.</param>
    /// <exception cref="InvalidDataException">A fence names no source, one that is not there, or does not end; the message says which.</exception>
    public static string[] Fill(string[] lines, Func<string, string[]> read)
    {
        var filled = new List<string>();
        for (var at = 0; at < lines.Length; at++)
        {
            filled.Add(lines[at]);
            if (!lines[at].StartsWith(Fence, StringComparison.Ordinal))
                continue;
            var end = Array.FindIndex(lines, at + 1, line => line.TrimEnd().Equals(Fence, StringComparison.Ordinal));
            if (end < 0)
                throw new InvalidDataException($"The fence in line {at + 1} does not end.");
            filled.AddRange(GetSource(lines[at], at + 1) is { } source ? Code(source, read) : lines[(at + 1)..end]);
            filled.Add(lines[end]);
            at = end;
        }

        return [.. filled];
    }

    /// <summary>The source that a fence of C# or F# names; null for other languages.</summary>
    private static string? GetSource(string fence, int line)
    {
        var words = fence[Fence.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is [] or [not ("csharp" or "cs" or "C#" or "c#" or "fsharp" or "fs" or "F#" or "f#"), ..])
            return null;
        return words is ["csharp" or "fsharp", var source] && source.Contains('#', StringComparison.Ordinal)
            ? source
            : throw new InvalidDataException(
                $"The code in line {line} comes from no file that is compiled: write ```csharp PATH#NAME, where PATH has it after '// snippet: NAME'.");
    }

    private static string[] Code(string source, Func<string, string[]> read)
    {
        var parts = source.Split('#');
        try
        {
            return Snippet.Take(read(parts[0]), parts[1]);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new InvalidDataException($"{source}: {exception.Message}", exception);
        }
    }
}
