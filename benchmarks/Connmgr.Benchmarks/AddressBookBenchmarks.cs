using System.Net;
using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>An address book of some addresses, a fifth of them tried.</summary>
[MemoryDiagnoser]
public class AddressBookBenchmarks
{
    private PeerAddress[] _addresses = [];
    private NetworkAddress[] _sources = [];
    private AddressBook _book = new();
    private int _next;

    /// <summary>The addresses offered to the book; not all of them find a place if there are many.</summary>
    [Params(100, 50_000)]
    public int Addresses { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        _addresses = new PeerAddress[Addresses];
        _sources = new NetworkAddress[Addresses];
        _book = new AddressBook(new() { Random = random, Key = Enumerable.Repeat((byte)7, AddressBookOptions.KeyLength).ToArray() });
        for (var i = 0; i < Addresses; i++)
        {
            _addresses[i] = new(new(RandomAddress(random), 8333), 9, TimeProvider.System.GetUtcNow());
            _sources[i] = RandomAddress(random);
            _book.Add(_addresses[i], _sources[i]);
            if (i % 5 == 0)
                _book.MarkGood(_addresses[i].EndPoint);
        }
    }

    [Benchmark]
    public bool Add()
    {
        _next = (_next + 1) % Addresses;
        return _book.Add(_addresses[_next], _sources[Addresses - 1 - _next]);
    }

    [Benchmark]
    public bool Select() => _book.TrySelect(out _);

    [Benchmark]
    public bool SelectIPv6OfNoneThere() => _book.TrySelect(out _, AddressNetworks.IPv6);

    [Benchmark]
    public bool Good()
    {
        _next = (_next + 1) % Addresses;
        return _book.MarkGood(_addresses[_next].EndPoint);
    }

    [Benchmark]
    public int GetAddresses() => _book.GetAddresses().Count;

    private static NetworkAddress RandomAddress(Random random) =>
        NetworkAddress.FromIPAddress(new IPAddress([(byte)random.Next(20, 100), (byte)random.Next(256), (byte)random.Next(256), 1]));
}
