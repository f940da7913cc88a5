namespace Connmgr;

/// <summary>
/// The private key of an I2P destination in a file, in the form of Bitcoin Core's i2p_private_key: the bytes themselves.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class I2PKeyFile(string path)
{
    private readonly PrivateKeyFile _file = new(
        path,
        "the key of the I2P address",
        I2PDestination.MaxLength,
        static content => I2PPrivateKey.GetError(content),
        static (message, cause) => new SamException(message, innerException: cause));

    /// <inheritdoc cref="PrivateKeyFile.LoadAsync"/>
    /// <exception cref="SamException">It is there but can't be read: a new key in its place would change the address for good.</exception>
    public ValueTask<(byte[]? Key, string? Error, string? SetAside)> LoadAsync(CancellationToken cancellationToken) => _file.LoadAsync(cancellationToken);

    /// <inheritdoc cref="PrivateKeyFile.SaveAsync"/>
    /// <exception cref="SamException">It can't be written.</exception>
    public ValueTask SaveAsync(byte[] key, CancellationToken cancellationToken) => _file.SaveAsync(key, cancellationToken);
}
