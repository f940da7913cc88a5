using System.Net;
using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>A dial through a SOCKS5 proxy that answers from memory: the cost of the client's side of the handshake, without the network.</summary>
[MemoryDiagnoser]
public class Socks5Benchmarks
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);
    private static readonly IPEndPoint ByAddress = new(IPAddress.Parse("20.1.2.3"), 8333);
    private static readonly DnsEndPoint ByName = new("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", 8333);

    private readonly Socks5Dialer _plain = new(Proxy, new() { Connect = static (_, _) => new(new AnsweringStream([5, 0])), Isolation = null });
    private readonly Socks5Dialer _isolated = new(Proxy, new() { Connect = static (_, _) => new(new AnsweringStream([5, 2, 1, 0])), Isolation = new() });

    [Benchmark]
    public async Task<bool> DialAddressAsync() => (await _plain.DialAsync(ByAddress)).CanRead;

    [Benchmark]
    public async Task<bool> DialOnionAsync() => (await _plain.DialAsync(ByName)).CanRead;

    [Benchmark]
    public async Task<bool> DialOnionIsolatedAsync() => (await _isolated.DialAsync(ByName)).CanRead;

    /// <summary>Returns the proxy's answers in order, whatever the requests: the method, the check of credentials if there is one, the reply.</summary>
    private sealed class AnsweringStream(byte[] method) : AsyncOnlyStream
    {
        private static readonly byte[] Reply = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

        private int _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = 0;
            for (; count < buffer.Length && _read < method.Length + Reply.Length; count++, _read++)
                buffer.Span[count] = _read < method.Length ? method[_read] : Reply[_read - method.Length];
            return new(count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
