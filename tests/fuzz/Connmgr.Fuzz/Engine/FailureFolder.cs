namespace Connmgr.Fuzz;

/// <summary>Keeps the inputs that broke a rule: one for each kind of failure, with its message in a file of the same name.</summary>
/// <param name="folder">The folder; null to keep no files.</param>
/// <param name="log">Receives a line for each failure.</param>
internal sealed class FailureFolder(string? folder, Action<string> log)
{
    private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);

    /// <summary>The number of kinds of failures.</summary>
    public int Count => _kinds.Count;

    public void Add(string target, ReadOnlySpan<byte> input, FuzzFailure failure)
    {
        // The place tells the kinds apart, where there is one; else the text without its numbers.
        var cause = failure.InnerException ?? failure;
        var place = cause.StackTrace?.Split('\n').FirstOrDefault(static line => line.Contains(" Connmgr.", StringComparison.Ordinal)) ?? string.Empty;
        var kind = string.Concat(target, failure.InnerException?.GetType().Name ?? string.Concat(failure.Message.Where(static letter => !char.IsAsciiDigit(letter))), place.Trim());
        if (!_kinds.Add(kind))
            return;
        var name = $"{target}-{Corpus.GetName(input)}";
        log($"FAILED: {target}, input {name} of {input.Length} bytes: {failure.Message}");
        if (folder is null)
            return;
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name), input);
        File.WriteAllText(Path.Combine(folder, name + ".txt"), failure.ToString());
    }
}
