using System.Buffers.Binary;
using System.Net;
using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>The lookup of an address among many bans of hosts and of subnets of seven lengths: one for each connection and each candidate.</summary>
[MemoryDiagnoser]
public class BanListBenchmarks
{
    private static readonly NetworkAddress Stranger = Address(0x6000_0001);

    private readonly IPEndPoint _endPoint = new(Stranger.ToIPAddress()!, 8333);
    private BanList _bans = new();
    private NetworkAddress _banned;

    [Params(10, 1_000, 100_000)]
    public int Bans { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _bans = new BanList();
        for (var i = 0u; i < Bans; i++)
        {
            NetworkSubnet.TryCreate(Address(0x2000_0000 + (i << 8)), i % 2 == 0 ? 32 : 24 + (int)(i / 2 % 7), out var subnet);
            _bans.Add(new BanTarget(subnet));
        }

        _banned = Address(0x2000_0000 + ((uint)(Bans - 1) << 8));
    }

    [Benchmark]
    public bool NotBanned() => _bans.IsBanned(Stranger);

    [Benchmark]
    public bool Banned() => _bans.IsBanned(_banned);

    [Benchmark]
    public bool NotBannedEndPoint() => _bans.TryFind(_endPoint, out _);

    private static NetworkAddress Address(uint bits)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, bits);
        return NetworkAddress.FromIPAddress(new IPAddress(bytes));
    }
}
