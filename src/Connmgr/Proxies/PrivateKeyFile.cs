namespace Connmgr;

/// <summary>
/// A private key in a file. The holder of the key can serve the address that belongs to it, so only the owner may read the file. A damaged file is renamed.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="name">The key in messages, such as "the onion service's key".</param>
/// <param name="maxLength">The most bytes of the file.</param>
/// <param name="getError">Gets the error of the content as a part of a sentence; null if it is a key.</param>
/// <param name="createException">Creates the exception of a message, without a full stop, and its cause.</param>
internal sealed class PrivateKeyFile(string path, string name, int maxLength, Func<byte[], string?> getError, Func<string, Exception, Exception> createException)
{
    /// <summary>Reads the key.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The content, null when there is no file or it was damaged; and the error and the new name of a damaged file.</returns>
    /// <exception cref="Exception">It is there but can't be read: a new key in its place would change the address for good.</exception>
    public async ValueTask<(byte[]? Content, string? Error, string? SetAside)> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var content = (await NamedFile.ReadAsync(path, maxLength, cancellationToken).ConfigureAwait(false)).ToArray();
            if (getError(content) is { } error)
                return (null, error, AtomicFile.SetAside(path));
            const UnixFileMode ownerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~ownerAlone) != UnixFileMode.None)
                File.SetUnixFileMode(path, ownerAlone);
            return (content, null, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, null, null);
        }
        catch (FileTooLongException)
        {
            return (null, Invariant($"it has more than {maxLength} bytes"), AtomicFile.SetAside(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw createException($"{name} '{path}' can't be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the key: readable by its owner alone, and whole or not at all.</summary>
    /// <exception cref="Exception">It can't be written.</exception>
    public async ValueTask SaveAsync(byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            await NamedFile.WriteAsync(path, content, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw createException($"{name} '{path}' can't be written: {e.Message}", e);
        }
    }
}
