using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// Authenticates at Tor's control port (control-spec 3.5, 3.24), in Bitcoin Core's order: by password when there is one, else not at all
/// where that will do, else by proving that we can read the cookie (SAFECOOKIE). The cookie itself is sent only when the user allows it:
/// the other side says which file it is, and COOKIE does not have it prove that it knows the content. Design P-6.
/// </summary>
internal static class TorAuthentication
{
    private const int CookieLength = 32;
    private const int NonceLength = 32;

    private static ReadOnlySpan<byte> ServerKey => "Tor safe cookie authentication server-to-controller hash"u8;

    private static ReadOnlySpan<byte> ControllerKey => "Tor safe cookie authentication controller-to-server hash"u8;

    /// <summary>Authenticates.</summary>
    /// <param name="session">The session, in which nothing but PROTOCOLINFO was asked.</param>
    /// <param name="info">Tor's description of its authentication.</param>
    /// <param name="password">The password; null for none.</param>
    /// <param name="allowPlainCookie">True to allow sending the cookie unprotected.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TorControlException">There is no way that both know, or Tor refused.</exception>
    public static async ValueTask AuthenticateAsync(
        TorControlSession session, TorProtocolInfo info, string? password, bool allowPlainCookie, CancellationToken cancellationToken)
    {
        var proof = password is not null ? Offers(info, "HASHEDPASSWORD")
                ? TorReplyText.Quote(password)
                : throw new TorControlException("a password is given, but Tor takes none (HashedControlPassword); leave it out")
            : Offers(info, "NULL") ? null
            : Offers(info, "SAFECOOKIE") ? await ProveAsync(session, info, cancellationToken).ConfigureAwait(false)
            : Offers(info, "COOKIE") && allowPlainCookie ? Convert.ToHexString(await ReadCookieAsync(info, cancellationToken).ConfigureAwait(false))
            : throw new TorControlException(NoWay(info));
        var reply = await session.SendAsync(proof is null ? "AUTHENTICATE" : $"AUTHENTICATE {proof}", cancellationToken).ConfigureAwait(false);
        if (!reply.IsDone)
            throw new TorControlException($"Tor refused to authenticate us: {reply.Shown}");
    }

    /// <summary>Computes Tor's answer to a challenge, which proves that Tor has the cookie.</summary>
    public static byte[] ServerHash(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        HMACSHA256.HashData(ServerKey, (byte[])[.. cookie, .. clientNonce, .. serverNonce]);

    /// <summary>Computes the proof for Tor that this side has the cookie.</summary>
    public static byte[] ControllerHash(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        HMACSHA256.HashData(ControllerKey, (byte[])[.. cookie, .. clientNonce, .. serverNonce]);

    private static string NoWay(TorProtocolInfo info)
    {
        var takesPassword = Offers(info, "HASHEDPASSWORD");
        if (Offers(info, "COOKIE"))
        {
            return "it wants the content of a file (COOKIE) and can't prove that it knows it (SAFECOOKIE), so nothing was sent; "
                + (takesPassword ? "give the password" : "give a password (HashedControlPassword)") + ", or allow the plain cookie";
        }

        return takesPassword
            ? "Tor wants a password (HashedControlPassword): set Password, or --tor-password-file of connmgr"
            : $"Tor takes no way to authenticate that is known here, but {TorReply.Printable(string.Join(", ", info.Methods))}";
    }

    private static bool Offers(TorProtocolInfo info, string method) => info.Methods.Contains(method, StringComparer.Ordinal);

    /// <summary>
    /// Has Tor prove that it knows the cookie, so that a program in its place learns nothing of it; then proves the same. Reads the file
    /// only after the challenge: what comes before must not tell whether there is such a file.
    /// </summary>
    private static async ValueTask<string> ProveAsync(TorControlSession session, TorProtocolInfo info, CancellationToken cancellationToken)
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

        var cookie = await ReadCookieAsync(info, cancellationToken).ConfigureAwait(false);
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
