using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The requests that own addresses. An address has one owner; a request owns the address that it dials and, once connected, the remote one.
/// Changed by the rules only; other threads may read.
/// </summary>
internal sealed class ClaimTable
{
    private readonly SharedTable<EndPoint, Request> _owners = new();

    public int Count => _owners.Count;

    public Request? GetOwner(EndPoint key) => _owners.TryGetValue(key, out var owner) ? owner : null;

    public bool TryClaim(EndPoint key, Request owner) => _owners.TryAdd(key, owner) || ReferenceEquals(GetOwner(key), owner);

    public void Release(EndPoint key, Request owner)
    {
        if (ReferenceEquals(GetOwner(key), owner))
            _owners.Remove(key);
    }
}
