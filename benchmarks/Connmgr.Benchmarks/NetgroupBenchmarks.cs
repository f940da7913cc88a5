using System.Net;
using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>The group of an address, by prefix.</summary>
[MemoryDiagnoser]
public class NetgroupBenchmarks
{
    private static readonly IPAddress IPv4 = IPAddress.Parse("20.1.2.3");
    private static readonly IPAddress IPv6 = IPAddress.Parse("2a01:4f8::5");
    private static readonly NetworkAddress Parsed = NetworkAddress.FromIPAddress(IPv4);

    [Benchmark]
    public Netgroup OfIPv4() => Netgroup.FromAddress(IPv4);

    [Benchmark]
    public Netgroup OfIPv6() => Netgroup.FromAddress(IPv6);

    [Benchmark]
    public Netgroup OfNetworkAddress() => Netgroup.FromAddress(Parsed);

    [Benchmark]
    public NetworkAddress Parse() => NetworkAddress.Parse("2a01:4f8::5");
}
