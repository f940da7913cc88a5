using System.Globalization;

namespace Connmgr.Tool;

/// <summary>Selects the peers that a text stands for: an id, HOST:PORT, or HOST for every peer there.</summary>
internal sealed class PeerSelector
{
    private readonly string _text;
    private readonly long? _id;
    private readonly HostAndPort? _host;

    private PeerSelector(string text, long? id, HostAndPort? host) => (_text, _id, _host) = (text, id, host);

    /// <summary>Creates a selector of the peer with an id.</summary>
    public static PeerSelector FromId(long id) => new(id.ToString(CultureInfo.InvariantCulture), id, host: null);

    /// <summary>Parses a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="error">The fault of the text and its remedy; null when the text is valid.</param>
    /// <returns>The selector; null when the text is not valid.</returns>
    public static PeerSelector? Parse(string text, out string? error)
    {
        error = null;
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                return new PeerSelector(text, id, host: null);
            error = "the id is too large";
            return null;
        }

        return HostAndPort.ParseAny(text, out error) is { } host ? new PeerSelector(text, id: null, host) : null;
    }

    /// <summary>Creates the error that no peer is selected.</summary>
    public static ToolException NoneFound(PeerSelector peers) =>
        new($"there is no peer '{SafeText.Line(peers.ToString())}': 'connmgr peers list' shows all peers.");

    /// <summary>Determines whether a peer is one of those selected.</summary>
    public bool Selects(PeerItem peer)
    {
        if (_host is null)
            return peer.Id == _id;
        return peer.Address is { } address && HostAndPort.ParseAny(address, out _) is { } host
            && string.Equals(host.Name, _host.Name, StringComparison.Ordinal)
            && Equals(host.Address, _host.Address)
            && (_host.Port is null || _host.Port == host.Port);
    }

    /// <summary>Gets the text.</summary>
    public override string ToString() => _text;
}
