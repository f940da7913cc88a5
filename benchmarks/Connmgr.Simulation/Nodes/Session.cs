using Connmgr.Bitcoin;
using Connmgr.Rules;

namespace Connmgr.Simulation;

/// <summary>An automatic connection of a victim.</summary>
internal sealed class Session(int host, NetworkEndPoint endPoint, bool isBlockRelay, TimeSpan now)
{
    private AddressTokens _tokens = new(now);

    public int Host => host;

    public NetworkEndPoint EndPoint => endPoint;

    public bool IsBlockRelay => isBlockRelay;

    public TimeSpan Since => now;

    /// <summary>The link in the rules of this library.</summary>
    public Link? Link { get; init; }

    /// <summary>True once the handshake is complete.</summary>
    public bool IsReady { get; set; }

    public bool IsEnded { get; set; }

    /// <summary>The addresses that the peer may still send.</summary>
    public ref AddressTokens Tokens => ref _tokens;
}
