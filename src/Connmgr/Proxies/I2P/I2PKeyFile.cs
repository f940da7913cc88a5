namespace Connmgr;

/// <summary>
/// The private key of an I2P destination in a file, in the form of Bitcoin Core's i2p_private_key: the bytes themselves. The holder of the
/// key can use the address, so only the owner may read the file.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class I2PKeyFile(string path)
{
    /// <summary>Reads the key.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The key, null when there is no file or it was damaged; and the error and the new name of a damaged file.</returns>
    /// <exception cref="SamException">It is there but can't be read: a new key in its place would change the address for good.</exception>
    public async ValueTask<(byte[]? Key, string? Error, string? SetAside)> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var key = (await NamedFile.ReadAsync(path, I2PDestination.MaxLength, cancellationToken).ConfigureAwait(false)).ToArray();
            if (I2PPrivateKey.GetError(key) is { } error)
                return (null, error, AtomicFile.SetAside(path));
            const UnixFileMode ownerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~ownerAlone) != UnixFileMode.None)
                File.SetUnixFileMode(path, ownerAlone);
            return (key, null, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, null, null);
        }
        catch (FileTooLongException)
        {
            return (null, Invariant($"it has more than {I2PDestination.MaxLength} bytes"), AtomicFile.SetAside(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SamException($"the key of the I2P address '{path}' can't be read: {e.Message}", innerException: e);
        }
    }

    /// <summary>Writes the key: readable by its owner alone, and whole or not at all.</summary>
    /// <exception cref="SamException">It can't be written.</exception>
    public async ValueTask SaveAsync(byte[] key, CancellationToken cancellationToken)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            await NamedFile.WriteAsync(path, key, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SamException($"the key of the I2P address '{path}' can't be written: {e.Message}", innerException: e);
        }
    }
}
