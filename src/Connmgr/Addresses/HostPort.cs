using System.Globalization;

namespace Connmgr;

/// <summary>HOST:PORT as Bitcoin Core splits it: a colon begins a port if it follows a bracket or is the only colon.</summary>
internal static class HostPort
{
    /// <summary>Splits a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="host">The host without its brackets. The whole text if a non-number follows the colon.</param>
    /// <param name="port">The port; null if the text has none.</param>
    /// <returns>False if the port is not a number from 1 to 65535. Port 0 is split off nevertheless.</returns>
    public static bool TrySplit(ReadOnlySpan<char> text, out ReadOnlySpan<char> host, out ushort? port)
    {
        port = null;
        var valid = true;
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && (IsBracketed(text[..colon]) || !text[..colon].Contains(':')))
        {
            valid = ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            if (valid)
            {
                text = text[..colon];
                port = number;
                valid = number != 0;
            }
        }

        host = IsBracketed(text) ? text[1..^1] : text;
        return valid;
    }

    private static bool IsBracketed(ReadOnlySpan<char> text) => text.Length >= 2 && text[0] == '[' && text[^1] == ']';
}
