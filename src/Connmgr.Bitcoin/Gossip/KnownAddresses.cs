namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses that a peer sent or was sent recently, so that they are not sent again. Of fixed size: a later address replaces an earlier
/// one. Contains hashes, so one address in millions is mistaken for another and not sent. Nothing is allocated before the first address.
/// </summary>
internal sealed class KnownAddresses
{
    internal const int Capacity = 2048;

    private int[]? _hashes;

    public void Add(in NetworkEndPoint address)
    {
        var hash = GetHash(address);
        (_hashes ??= new int[Capacity])[hash & (Capacity - 1)] = hash;
    }

    public bool Contains(in NetworkEndPoint address)
    {
        var hash = GetHash(address);
        return _hashes?[hash & (Capacity - 1)] == hash;
    }

    // Zero marks an empty place. The hash differs in each process, so peers can't choose addresses that displace others.
    private static int GetHash(in NetworkEndPoint address) => address.GetHashCode() is not 0 and var hash ? hash : 1;
}
