namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses that a peer told of or was told of lately, so that it is not told again. Of fixed size: a later address takes the place of
/// an earlier one. Holds hashes, so one address in millions is taken for another, which costs that a peer is not told of it. Nothing is
/// allocated before the first.
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

    // Zero marks an empty place. The hash is different in each process, so nobody can choose addresses that push others out.
    private static int GetHash(in NetworkEndPoint address) => address.GetHashCode() is not 0 and var hash ? hash : 1;
}
