using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>Our own addresses, as far as we know: those listened on, and those that a connection led back to ourselves by. Thread-safe.</summary>
internal sealed class OwnAddresses
{
    /// <summary>Others may tell us of as many names of ours as they like; beyond some, they only cost an attempt each.</summary>
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
                _known.Add(known);
        }
    }

    public bool Contains(NetworkEndPoint endPoint)
    {
        lock (_lock)
            return _known.Contains(endPoint);
    }
}
