using System.Text;

namespace Connmgr;

/// <summary>
/// The private key of an onion service in a file, in the form of Bitcoin Core's onion_v3_private_key: <c>ED25519-V3:</c> and base64.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class OnionKeyFile(string path)
{
    private const string Prefix = "ED25519-V3:";
    private const int KeyLength = 64;
    private const int MaxFileLength = 1_000;

    private readonly PrivateKeyFile _file = new(
        path,
        "the onion service's key",
        MaxFileLength,
        static content => IsKey(GetText(content)) ? null : "it has no key of the form ED25519-V3:BASE64",
        static (message, cause) => new TorControlException(message, cause));

    /// <summary>Determines whether a text is a key, which can be a word of a command.</summary>
    public static bool IsKey(string text) => text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length) is { Length: 88 } base64
        && !base64.ContainsAny(" \t\r\n")
        && Convert.TryFromBase64Chars(base64, new byte[KeyLength + 2], out var length) && length == KeyLength;

    /// <inheritdoc cref="PrivateKeyFile.LoadAsync"/>
    /// <exception cref="TorControlException">It is there but can't be read: a new key in its place would change the address for good.</exception>
    public async ValueTask<(string? Key, string? Error, string? SetAside)> LoadAsync(CancellationToken cancellationToken)
    {
        var (content, error, setAside) = await _file.LoadAsync(cancellationToken).ConfigureAwait(false);
        return (content is null ? null : GetText(content), error, setAside);
    }

    /// <inheritdoc cref="PrivateKeyFile.SaveAsync"/>
    /// <exception cref="TorControlException">It can't be written.</exception>
    public ValueTask SaveAsync(string key, CancellationToken cancellationToken) => _file.SaveAsync(Encoding.Latin1.GetBytes(key), cancellationToken);

    private static string GetText(byte[] content) => Encoding.Latin1.GetString(content).Trim();
}
