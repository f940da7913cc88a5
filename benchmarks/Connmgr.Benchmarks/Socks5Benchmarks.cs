using System.Net;
using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>A dial through a SOCKS5 proxy that answers from memory: what our side of the handshake costs, without the network.</summary>
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

    /// <summary>Gives the proxy's answers in order, whatever is asked: the method, the check of credentials where there is one, the reply.</summary>
    private sealed class AnsweringStream(byte[] method) : Stream
    {
        private static readonly byte[] Reply = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = 0;
            for (; count < buffer.Length && _read < method.Length + Reply.Length; count++, _read++)
                buffer.Span[count] = _read < method.Length ? method[_read] : Reply[_read - method.Length];
            return new(count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
