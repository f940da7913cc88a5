using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// How we authenticate at Tor's control port (control-spec 3.5, 3.24). In Bitcoin Core's order: by password when there is one, else not at
/// all where that will do, else by proving that we can read the cookie (SAFECOOKIE), else by showing it.
/// </summary>
internal static class TorAuthentication
{
    private const int CookieLength = 32;
    private const int NonceLength = 32;

    private static ReadOnlySpan<byte> ServerKey => "Tor safe cookie authentication server-to-controller hash"u8;

    private static ReadOnlySpan<byte> ControllerKey => "Tor safe cookie authentication controller-to-server hash"u8;

    /// <summary>Authenticates.</summary>
    /// <param name="session">The session, in which nothing but PROTOCOLINFO was asked.</param>
    /// <param name="info">What that said.</param>
    /// <param name="password">The password; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TorControlException">There is no way that both know, or Tor refused.</exception>
    public static async ValueTask AuthenticateAsync(
        TorControlSession session, TorProtocolInfo info, string? password, CancellationToken cancellationToken)
    {
        var proof = password is not null ? Offers(info, "HASHEDPASSWORD")
                ? TorReplyText.Quote(password)
                : throw new TorControlException("a password is given, but Tor takes none (HashedControlPassword); leave it out")
            : Offers(info, "NULL") ? null
            : Offers(info, "SAFECOOKIE") ? await ProveAsync(session, await ReadCookieAsync(info, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)
            : Offers(info, "COOKIE") ? Convert.ToHexString(await ReadCookieAsync(info, cancellationToken).ConfigureAwait(false))
            : throw new TorControlException(Offers(info, "HASHEDPASSWORD")
                ? "Tor wants a password (HashedControlPassword); give it"
                : $"Tor takes no way to authenticate that is known here, but {TorReply.Printable(string.Join(", ", info.Methods))}");
        var reply = await session.SendAsync(proof is null ? "AUTHENTICATE" : $"AUTHENTICATE {proof}", cancellationToken).ConfigureAwait(false);
        if (!reply.IsDone)
            throw new TorControlException($"Tor refused to authenticate us: {reply.Shown}");
    }

    /// <summary>What Tor answers a challenge with, when it has the cookie.</summary>
    public static byte[] ServerHash(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        HMACSHA256.HashData(ServerKey, (byte[])[.. cookie, .. clientNonce, .. serverNonce]);

    /// <summary>What shows Tor that we have it.</summary>
    public static byte[] ControllerHash(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        HMACSHA256.HashData(ControllerKey, (byte[])[.. cookie, .. clientNonce, .. serverNonce]);

    private static bool Offers(TorProtocolInfo info, string method) => info.Methods.Contains(method, StringComparer.Ordinal);

    /// <summary>Has Tor prove that it knows the cookie, so that a program in its place learns nothing of it; then proves the same.</summary>
    private static async ValueTask<string> ProveAsync(TorControlSession session, byte[] cookie, CancellationToken cancellationToken)
    {
        var clientNonce = RandomNumberGenerator.GetBytes(NonceLength);
        var reply = await session
            .SendAsync($"AUTHCHALLENGE SAFECOOKIE {Convert.ToHexString(clientNonce)}", cancellationToken)
            .ConfigureAwait(false);
        if (!reply.IsDone || !TorReplyText.TrySplit(reply.Text, out var words)
            || Bytes(words, "SERVERHASH") is not { Length: 32 } hash || Bytes(words, "SERVERNONCE") is not { Length: NonceLength } serverNonce)
        {
            throw new TorControlException($"Tor's answer to AUTHCHALLENGE is none: {reply.Shown}");
        }

        return CryptographicOperations.FixedTimeEquals(hash, ServerHash(cookie, clientNonce, serverNonce))
            ? Convert.ToHexString(ControllerHash(cookie, clientNonce, serverNonce))
            : throw new TorControlException("what listens there does not know Tor's cookie: it is not the Tor that wrote the file, or the file is old");
    }

    private static byte[]? Bytes(List<(string Key, string? Value)> words, string key)
    {
        var hex = words.Find(word => string.Equals(word.Key, key, StringComparison.Ordinal)).Value;
        if (hex is null || hex.Length % 2 != 0)
            return null;
        var bytes = new byte[hex.Length / 2];
        return Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }

    private static async ValueTask<byte[]> ReadCookieAsync(TorProtocolInfo info, CancellationToken cancellationToken)
    {
        if (info.CookieFile is not { Length: > 0 } path)
            throw new TorControlException("Tor does not say where its cookie is");
        try
        {
            // The path is what the other side says. A file of another length is no cookie, and is not shown.
            var cookie = await NamedFile.ReadAsync(path, CookieLength, cancellationToken).ConfigureAwait(false);
            return cookie.Length == CookieLength
                ? cookie.ToArray()
                : throw new TorControlException($"Tor's cookie '{TorReply.Printable(path)}' has {cookie.Length} bytes instead of {CookieLength}");
        }
        catch (FileTooLongException e)
        {
            throw new TorControlException($"Tor's cookie '{TorReply.Printable(path)}' has more than {CookieLength} bytes", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TorControlException($"Tor's cookie '{TorReply.Printable(path)}' is not there; does Tor run on this machine?", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new TorControlException(
                $"Tor's cookie '{TorReply.Printable(path)}' can't be read ({e.Message}); add this user to Tor's group (CookieAuthFileGroupReadable 1), or give a password", e);
        }
    }
}
