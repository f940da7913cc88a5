using System.Globalization;

namespace Connmgr.Tool;

/// <summary>Which peers a text on a command line stands for: an id, HOST:PORT, or HOST for every peer there.</summary>
internal sealed class PeerSelector
{
    private readonly long? _id;
    private readonly HostPort? _host;

    private PeerSelector(long? id, HostPort? host) => (_id, _host) = (id, host);

    /// <summary>Reads it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="error">What is wrong with the text and what to write instead; null when nothing is.</param>
    /// <returns>Null when something is wrong.</returns>
    public static PeerSelector? Parse(string text, out string? error)
    {
        error = null;
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                return new PeerSelector(id, host: null);
            error = "there are no ids of that size";
            return null;
        }

        return HostPort.ParseAny(text, out error) is { } host ? new PeerSelector(id: null, host) : null;
    }

    /// <summary>Whether a peer is one of them.</summary>
    public bool Selects(PeerItem peer)
    {
        if (_host is null)
            return peer.Id == _id;
        return peer.Address is { } address && HostPort.ParseAny(address, out _) is { } host
            && string.Equals(host.Name, _host.Name, StringComparison.Ordinal)
            && Equals(host.Address, _host.Address)
            && (_host.Port is null || _host.Port == host.Port);
    }
}
