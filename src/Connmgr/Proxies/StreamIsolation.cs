using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Connmgr;

/// <summary>
/// Makes the credentials by which Tor keeps streams apart (IsolateSOCKSAuth): streams with different ones never share a circuit, so no
/// observer on the path can link them. Tor accepts any; they prove nothing. Thread-safe.
/// </summary>
/// <remarks>
/// As in Bitcoin Core (-proxyrandomize): user name and password are the same, a random part of this object and a number. The random part
/// keeps other programs that use the same Tor from sharing our circuits by chance or on purpose.
/// </remarks>
public sealed class StreamIsolation
{
    private const int PrefixBytes = 16;
    private const int GroupBytes = 16;

    private readonly string _prefix = RandomNumberGenerator.GetHexString(2 * PrefixBytes, lowercase: true);
    private long _last = -1;

    /// <summary>Credentials that were never given before and are never given again.</summary>
    /// <returns>User name and password, both the same.</returns>
    internal ProxyCredentials CreateCredentials() =>
        Same($"{_prefix}-{Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture)}");

    /// <summary>
    /// Returns the credentials of a group: the same each time for one name, only from this object, and never those of another name or of
    /// <see cref="CreateCredentials"/>.
    /// </summary>
    /// <param name="group">The name, of any length. It does not show in the credentials.</param>
    /// <returns>User name and password, both the same.</returns>
    internal ProxyCredentials GetCredentials(string group)
    {
        ArgumentNullException.ThrowIfNull(group);

        // Hashed together with the random part, so that an observer of the credentials (Tor's control port shows them) can't test names across programs.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_prefix}/{group}"));
        return Same($"{_prefix}-g{Convert.ToHexStringLower(hash.AsSpan(0, GroupBytes))}");
    }

    private static ProxyCredentials Same(string text) => new(text, text);
}
