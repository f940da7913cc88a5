using System.Globalization;
using System.Text;

namespace Connmgr;

/// <summary>Host names as SOCKS5 carries them: ASCII, one byte of length.</summary>
internal static class Socks5HostName
{
    /// <summary>Brings a name into the form that is sent. Nothing of a name that fails may be sent.</summary>
    /// <param name="host">A name or an IP literal.</param>
    /// <param name="ascii">The name: 1 to 255 printable ASCII characters; IDN form when it was not ASCII.</param>
    /// <param name="problem">The fault, as a sentence; null for none.</param>
    /// <returns>True when the name is valid.</returns>
    public static bool TryToAscii(string host, out string ascii, out string? problem)
    {
        ascii = host;
        problem = null;
        if (!Ascii.IsValid(host))
        {
            try
            {
                ascii = new IdnMapping().GetAscii(host);
            }
            catch (ArgumentException)
            {
                problem = $"'{host}' is not a valid internationalized host name.";
                return false;
            }
        }

        if (ascii.Length is 0 or > Socks5Protocol.MaxHostLength)
            problem = $"The host name takes {ascii.Length} bytes; SOCKS5 allows 1 to {Socks5Protocol.MaxHostLength}.";
        else if (!IsPrintable(ascii))
            problem = "The host name holds a space or a control character.";
        return problem is null;
    }

    /// <summary>
    /// Determines whether a name from a proxy can be shown and used: 1 or more ASCII characters, no space, nothing that moves a cursor.
    /// </summary>
    public static bool IsPrintable(ReadOnlySpan<char> host) => !host.IsEmpty && !host.ContainsAnyExceptInRange('!', '~');
}
