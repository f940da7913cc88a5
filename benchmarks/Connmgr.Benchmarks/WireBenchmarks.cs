using BenchmarkDotNet.Attributes;
using Connmgr.Bitcoin;

namespace Connmgr.Benchmarks;

/// <summary>The v1 transport and the version message.</summary>
[MemoryDiagnoser]
public class WireBenchmarks
{
    private static readonly MessageCommand Inv = new("inv");
    private static readonly VersionMessage Version = new() { ProtocolVersion = 70016, UserAgent = "/Connmgr:0.2.0/", Nonce = 5 };
    private static readonly byte[] EncodedVersion = Version.Encode();

    private byte[] _payload = [];
    private byte[] _frame = [];
    private FrameWriter _writer = new(Stream.Null, ChainParameters.Mainnet);
    private MemoryStream _stream = new();
    private FrameReader _reader = new(Stream.Null, ChainParameters.Mainnet);

    [Params(8, 36_000)]
    public int PayloadLength { get; set; }

    [GlobalSetup]
    public async Task WriteOneAsync()
    {
        _payload = new byte[PayloadLength];
        using var written = new MemoryStream();
        await new FrameWriter(written, ChainParameters.Mainnet).WriteAsync(Inv, _payload);
        _frame = written.ToArray();
        _writer = new(Stream.Null, ChainParameters.Mainnet);
        _stream = new(_frame);
        _reader = new(_stream, ChainParameters.Mainnet);
    }

    [GlobalCleanup]
    public void CleanUp() => _reader.Dispose();

    [Benchmark]
    public async ValueTask WriteAsync() => await _writer.WriteAsync(Inv, _payload);

    [Benchmark]
    public async ValueTask<int> ReadAsync()
    {
        _stream.Position = 0;
        return (await _reader.ReadAsync())!.Value.Payload.Length;
    }

    [Benchmark]
    public VersionMessage DecodeVersion() => VersionMessage.Decode(EncodedVersion);

    [Benchmark]
    public byte[] EncodeVersion() => Version.Encode();
}
