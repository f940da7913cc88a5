using System.Net;

namespace Connmgr.Rules;

/// <summary>Which request an address belongs to. An address has one owner; a request owns the address it dials and, once connected, the remote one.</summary>
internal sealed class ClaimTable
{
    private readonly Dictionary<EndPoint, Request> _owners = [];

    public int Count => _owners.Count;

    public Request? OwnerOf(EndPoint key) => _owners.GetValueOrDefault(key);

    public bool TryClaim(EndPoint key, Request owner) => _owners.TryAdd(key, owner) || ReferenceEquals(_owners[key], owner);

    public void Release(EndPoint key, Request owner)
    {
        if (ReferenceEquals(OwnerOf(key), owner))
            _owners.Remove(key);
    }
}
