using System.Text;

namespace Connmgr;

/// <summary>
/// The private key of an onion service in a file, in the form of Bitcoin Core's onion_v3_private_key: <c>ED25519-V3:</c> and base64.
/// The holder of the key can serve the address, so only the owner may read the file.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class OnionKeyFile(string path)
{
    private const string Prefix = "ED25519-V3:";
    private const int KeyLength = 64;
    private const int MaxFileLength = 1_000;

    /// <summary>Determines whether a text is a key, which can be a word of a command.</summary>
    public static bool IsKey(string text) => text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length) is { Length: 88 } base64
        && !base64.ContainsAny(" \t\r\n")
        && Convert.TryFromBase64Chars(base64, new byte[KeyLength + 2], out var length) && length == KeyLength;

    /// <summary>Reads the key.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The key, null when there is no file or it was damaged; and where a damaged one was put.</returns>
    /// <exception cref="TorControlException">It is there but can't be read: a new key in its place would change the address for good.</exception>
    public async ValueTask<(string? Key, string? SetAside)> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var text = Encoding.Latin1.GetString((await NamedFile.ReadAsync(path, MaxFileLength, cancellationToken).ConfigureAwait(false)).Span).Trim();
            if (!IsKey(text))
                return (null, AtomicFile.SetAside(path));
            const UnixFileMode ownerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~ownerAlone) != UnixFileMode.None)
                File.SetUnixFileMode(path, ownerAlone);
            return (text, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, null);
        }
        catch (FileTooLongException)
        {
            return (null, AtomicFile.SetAside(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TorControlException($"the onion service's key '{path}' can't be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the key: readable by its owner alone, and whole or not at all.</summary>
    /// <exception cref="TorControlException">It can't be written.</exception>
    public async ValueTask SaveAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            await NamedFile.WriteAsync(path, Encoding.Latin1.GetBytes(key), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TorControlException($"the onion service's key '{path}' can't be written: {e.Message}", e);
        }
    }
}
