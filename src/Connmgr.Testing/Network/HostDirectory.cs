using System.Net;

namespace Connmgr.Testing;

/// <summary>The behaviours, listeners and names of a network, by address. Thread-safe.</summary>
internal sealed class HostDirectory(Random random)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EndPoint, HostBehavior> _behaviors = [];
    private readonly Dictionary<EndPoint, MemoryListener> _listeners = [];
    private readonly Dictionary<string, HostName> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Converts an IPv4-mapped IPv6 address to IPv4: both are the same host.</summary>
    public static EndPoint Normalize(EndPoint endPoint) =>
        endPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
            ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port)
            : endPoint;

    public void SetBehavior(EndPoint endPoint, HostBehavior behavior)
    {
        lock (_lock) _behaviors[Normalize(endPoint)] = behavior;
    }

    public bool ClearBehavior(EndPoint endPoint)
    {
        lock (_lock) return _behaviors.Remove(Normalize(endPoint));
    }

    public void AddName(string host, ReadOnlySpan<IPAddress> addresses)
    {
        lock (_lock)
        {
            if (!_names.TryGetValue(host, out var name)) _names.Add(host, name = new HostName());
            name.Addresses.AddRange(addresses);
        }
    }

    public bool RemoveName(string host)
    {
        lock (_lock) return _names.Remove(host);
    }

    public bool AddListener(MemoryListener listener)
    {
        lock (_lock) return _listeners.TryAdd(listener.LocalEndPoint, listener);
    }

    public void RemoveListener(MemoryListener listener)
    {
        lock (_lock)
        {
            if (_listeners.GetValueOrDefault(listener.LocalEndPoint) == listener) _listeners.Remove(listener.LocalEndPoint);
        }
    }

    public MemoryListener? FindListener(EndPoint endPoint)
    {
        lock (_lock) return _listeners.GetValueOrDefault(endPoint);
    }

    public IReadOnlyList<MemoryListener> GetListeners()
    {
        lock (_lock) return [.. _listeners.Values];
    }

    /// <summary>Resolves a name to one of its addresses, each in turn. Returns other addresses, and unknown names, as they are.</summary>
    public EndPoint Resolve(EndPoint endPoint)
    {
        if (endPoint is not DnsEndPoint dns) return Normalize(endPoint);
        lock (_lock)
        {
            return _names.TryGetValue(dns.Host, out var name) ? Normalize(new IPEndPoint(name.Next(), dns.Port)) : dns;
        }
    }

    /// <summary>Finds the behaviour that was set for an address, or that follows from its listener.</summary>
    public HostBehavior? Find(EndPoint endPoint)
    {
        lock (_lock)
        {
            if (_behaviors.TryGetValue(endPoint, out var behavior)) return behavior;
            return _listeners.ContainsKey(endPoint) ? HostBehavior.Listening : null;
        }
    }

    public TimeSpan Draw(DurationRange latency)
    {
        lock (_lock) return latency.Draw(random);
    }

    private sealed class HostName
    {
        private int _next;

        public List<IPAddress> Addresses { get; } = [];

        public IPAddress Next() => Addresses[_next++ % Addresses.Count];
    }
}
