using System.Globalization;
using System.Security.Cryptography;

namespace Connmgr.Fuzz;

/// <summary>The folder of the inputs and the dictionaries of all targets.</summary>
internal sealed class Corpus(string folder)
{
    /// <summary>Finds the folder of the repository from which this program was built.</summary>
    public static Corpus Find()
    {
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
        {
            var found = Path.Combine(parent.FullName, "tests", "fuzz", "corpus");
            if (Directory.Exists(found))
                return new(Path.GetDirectoryName(found)!);
        }

        throw new DirectoryNotFoundException($"There is no tests/fuzz/corpus above {AppContext.BaseDirectory}: run it from a build in the repository, or give --corpus.");
    }

    /// <summary>Gets the folder of the inputs of a target.</summary>
    public string GetFolder(string target) => Path.Combine(folder, "corpus", target);

    /// <summary>Gets the inputs of a target, in the order of their names.</summary>
    public IReadOnlyList<byte[]> Read(string target) => ReadFolder(GetFolder(target));

    /// <summary>Gets the words of the dictionary of a target, in the format of AFL: <c>name="value"</c>, with \xNN for other bytes.</summary>
    public IReadOnlyList<byte[]> ReadDictionary(string target)
    {
        var path = Path.Combine(folder, "dictionaries", target + ".dict");
        return File.Exists(path) ? [.. File.ReadLines(path).Where(static line => line.Contains('"', StringComparison.Ordinal)).Select(ParseWord)] : [];
    }

    /// <summary>Gets the files of a folder, in the order of their names; none if it does not exist.</summary>
    public static IReadOnlyList<byte[]> ReadFolder(string path) =>
        Directory.Exists(path) ? [.. Directory.GetFiles(path).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];

    /// <summary>Gets a short name for an input, by its content.</summary>
    public static string GetName(ReadOnlySpan<byte> input) => Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 6));

    private static byte[] ParseWord(string line)
    {
        var text = line.AsSpan(line.IndexOf('"', StringComparison.Ordinal) + 1);
        text = text[..text.LastIndexOf('"')];
        var word = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
                word.Add((byte)text[i]);
            else if (text[i + 1] == 'x')
                (i, _) = (i + 3, Add(word, byte.Parse(text.Slice(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
            else
                word.Add((byte)text[++i]);
        }

        return [.. word];
    }

    private static bool Add(List<byte> word, byte value)
    {
        word.Add(value);
        return true;
    }
}
