using BenchmarkDotNet.Attributes;
using Connmgr.Bitcoin;

namespace Connmgr.Benchmarks;

/// <summary>A message from one side to the other, written and read, in both transports; and the agreement on keys.</summary>
[MemoryDiagnoser]
public class TransportBenchmarks
{
    private static readonly MessageCommand Inv = new("inv");

    private readonly MemoryStream _stream = new();
    private byte[] _payload = [];
    private FrameWriter _writer = new(Stream.Null, ChainParameters.Mainnet);
    private FrameReader _reader = new(Stream.Null, ChainParameters.Mainnet);

    [Params(PeerTransport.V1, PeerTransport.V2)]
    public PeerTransport Transport { get; set; }

    [Params(8, 1_000_000)]
    public int PayloadLength { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _payload = new byte[PayloadLength];
        _writer = new(_stream, ChainParameters.Mainnet);
        _reader = new(_stream, ChainParameters.Mainnet);
        if (Transport == PeerTransport.V1)
            return;

        using var initiator = new KeyAgreement(KeyExchange.Instance!, isInitiator: true, garbage: 0);
        using var responder = new KeyAgreement(KeyExchange.Instance!, isInitiator: false, garbage: 0);
        var magic = ChainParameters.Mainnet.Magic.AsSpan();
        var sender = initiator.Agree(responder.FirstFlight.Span, magic);
        _reader.Decrypt(responder.Agree(initiator.FirstFlight.Span, magic), skipped: 0);
        var greeting = new byte[PacketFormat.TerminatorSize + PacketFormat.Overhead];
        sender.SentTerminator.CopyTo(greeting, 0);
        sender.Sealer.Seal(greeting.AsSpan(PacketFormat.TerminatorSize));
        await _stream.WriteAsync(greeting);
        _writer.Encrypt(sender.Sealer);
        await _writer.WriteAsync(Inv, _payload);
        _stream.Position = 0;
        await _reader.ReadAsync();
    }

    [GlobalCleanup]
    public void CleanUp() => _reader.Dispose();

    [Benchmark]
    public async ValueTask<int> WriteAndReadAsync()
    {
        _stream.SetLength(0);
        await _writer.WriteAsync(Inv, _payload);
        _stream.Position = 0;
        return (await _reader.ReadAsync())!.Value.Payload.Length;
    }
}

/// <summary>The agreement on keys: what one side computes for a connection, without the other side.</summary>
[MemoryDiagnoser]
public class KeyAgreementBenchmarks
{
    private static readonly byte[] Theirs = new KeyAgreement(KeyExchange.Instance!, isInitiator: false, garbage: 0).FirstFlight.ToArray();

    [Benchmark]
    public int CreateKeyAndAgree()
    {
        using var agreement = new KeyAgreement(KeyExchange.Instance!, isInitiator: true);
        var keys = agreement.Agree(Theirs, ChainParameters.Mainnet.Magic.AsSpan());
        keys.Sealer.Dispose();
        keys.Opener.Dispose();
        return keys.SessionId.Length;
    }
}
