using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>The node's known addresses: those it listens on, and those that led back to itself. Thread-safe.</summary>
internal sealed class OwnAddresses
{
    /// <summary>
    /// The most addresses kept. Peers can announce any number of the node's names; each that is not kept costs one attempt.
    /// </summary>
    private const int Max = 64;

    private readonly Lock _lock = new();
    private readonly HashSet<NetworkEndPoint> _known = [];

    public void Add(EndPoint? endPoint)
    {
        if (!NetworkEndPoint.TryFromEndPoint(endPoint, out var known))
            return;
        lock (_lock)
        {
            if (_known.Count < Max)
                _known.Add(known.ToCjdns());
        }
    }

    public bool Contains(NetworkEndPoint endPoint)
    {
        lock (_lock)
            return _known.Contains(endPoint.ToCjdns());
    }
}
