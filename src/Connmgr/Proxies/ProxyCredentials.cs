using System.Text;

namespace Connmgr;

/// <summary>
/// A user name and password for a SOCKS5 proxy (RFC 1929). Tor takes any, and keeps the circuits of different ones apart (stream
/// isolation).
/// </summary>
public sealed class ProxyCredentials
{
    /// <summary>Makes credentials.</summary>
    /// <param name="userName">The user name, 1 to 255 bytes in UTF-8.</param>
    /// <param name="password">The password, 1 to 255 bytes in UTF-8.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    /// <exception cref="ArgumentException">One of them is empty or longer than 255 bytes.</exception>
    public ProxyCredentials(string userName, string password)
    {
        CheckLength(userName, nameof(userName));
        CheckLength(password, nameof(password));
        UserName = userName;
        Password = password;
    }

    /// <summary>The user name.</summary>
    public string UserName { get; }

    /// <summary>The password.</summary>
    public string Password { get; }

    /// <summary>Returns only the user name: the password does not belong in logs.</summary>
    /// <returns>The user name.</returns>
    public override string ToString() => UserName;

    private static void CheckLength(string value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        var length = Encoding.UTF8.GetByteCount(value);
        if (length is 0 or > byte.MaxValue)
            throw new ArgumentException(Invariant($"The {name} takes {length} bytes in UTF-8; SOCKS5 allows 1 to 255."), name);
    }
}
