namespace Connmgr.Bitcoin;

/// <summary>Counts the addresses from seeds, by kind of seed. Thread-safe.</summary>
internal sealed class SourceTally(ChainParameters chain)
{
    private readonly HashSet<NetworkAddress> _dnsSeeds = [.. chain.DnsSeeds.Select(static seed => seed.Source)];
    private long _dns;
    private long _fixed;

    public long Dns => Interlocked.Read(ref _dns);

    public long Fixed => Interlocked.Read(ref _fixed);

    public void Add(int count, in NetworkAddress source) => Interlocked.Add(ref _dnsSeeds.Contains(source) ? ref _dns : ref _fixed, count);
}
