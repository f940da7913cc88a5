using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The requests that own addresses. An address has one owner; a request owns the address that it dials and, once connected, the remote one.
/// Changed by the rules only; other threads may read.
/// </summary>
internal sealed class ClaimTable
{
    private readonly ConcurrentDictionary<EndPoint, Request> _owners = new(concurrencyLevel: 1, capacity: 31);

    public int Count => _owners.Count;

    public Request? GetOwner(EndPoint key) => _owners.GetValueOrDefault(key);

    public bool TryClaim(EndPoint key, Request owner) => _owners.TryAdd(key, owner) || ReferenceEquals(_owners[key], owner);

    public void Release(EndPoint key, Request owner) => _owners.TryRemove(new KeyValuePair<EndPoint, Request>(key, owner));
}
