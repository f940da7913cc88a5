using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// Writes a file so that a reader finds the old content or the new, even after the process was killed or the power failed: into a
/// temporary file next to it, flushed to the disk, then renamed.
/// </summary>
internal static class AtomicFile
{
    private const int TagLength = 16;

    /// <summary>Writes a file. The folder must be there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its content.</param>
    /// <param name="onStep">Called before each step; for tests.</param>
    /// <param name="target">The permissions it gets.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    public static async Task WriteAsync(
        string path,
        ReadOnlyMemory<byte> content,
        Action<AtomicFileStep>? onStep = null,
        AtomicFileTarget target = default,
        CancellationToken cancellationToken = default)
    {
        // A separate name for each writer: two that share one could rename each other's unfinished file.
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(TagLength, lowercase: true)}.tmp";
        try
        {
            var options = OwnerOnlyFile.CreateOptions(FileMode.CreateNew, FileAccess.Write);
            options.Options = FileOptions.Asynchronous;
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = target.CreateMode; // A file that is replaced keeps its mode.
            var file = new FileStream(temporary, options);
            await using (file.ConfigureAwait(false))
            {
                onStep?.Invoke(AtomicFileStep.Write);
                target.Apply(file.SafeFileHandle);
                await file.WriteAsync(content, cancellationToken).ConfigureAwait(false);
                onStep?.Invoke(AtomicFileStep.Flush);
                file.Flush(flushToDisk: true);
            }

            onStep?.Invoke(AtomicFileStep.Rename);
            File.Move(temporary, path, overwrite: true);
            onStep?.Invoke(AtomicFileStep.Done);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Removes what writers that were killed left behind. Not while another writes the same file.</summary>
    public static void DeleteLeftovers(string path)
    {
        var full = NamedFile.Target(Path.GetFullPath(path));
        var (folder, name) = (Path.GetDirectoryName(full), Path.GetFileName(full));
        if (folder is null || !Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, "*.tmp"))
        {
            if (IsTemporary(Path.GetFileName(file.AsSpan()), name))
                TryDelete(file);
        }
    }

    /// <summary>
    /// Renames a file to NAME.bad, or NAME.bad.2 and so on: to a name that is free, so that none set aside before is lost.
    /// </summary>
    /// <returns>The new name.</returns>
    public static string SetAside(string path)
    {
        for (var number = 1; ; number++)
        {
            var aside = number == 1 ? $"{path}.bad" : Invariant($"{path}.bad.{number}");
            if (Path.Exists(aside))
                continue;
            File.Move(path, aside);
            return aside;
        }
    }

    private static bool IsTemporary(ReadOnlySpan<char> file, ReadOnlySpan<char> name)
    {
        if (file.Length != name.Length + TagLength + ".".Length + ".tmp".Length || !file.StartsWith(name) || file[name.Length] != '.')
            return false;
        foreach (var character in file.Slice(name.Length + 1, TagLength))
        {
            if (!char.IsAsciiHexDigitLower(character))
                return false;
        }

        return true;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It does no harm; the next start tries again.
        }
    }
}
