using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>One side's part in the agreement on keys: its secret key, the public key that it sends, and its garbage. Not thread-safe.</summary>
internal sealed class KeyAgreement : IDisposable
{
    private readonly IKeyExchange _exchange;
    private readonly byte[] _secret = new byte[ChaCha20.KeySize];
    private readonly bool _isInitiator;

    /// <summary>Creates a key pair and the garbage.</summary>
    /// <param name="exchange">The key exchange.</param>
    /// <param name="isInitiator">True for the side that dialled.</param>
    /// <param name="garbage">The length of the garbage, 0 to <see cref="PacketFormat.MaxGarbage"/> bytes; null for a random one.</param>
    public KeyAgreement(IKeyExchange exchange, bool isInitiator, int? garbage = null)
    {
        (_exchange, _isInitiator) = (exchange, isInitiator);
        var first = new byte[PacketFormat.KeySize + (garbage ?? RandomNumberGenerator.GetInt32(PacketFormat.MaxGarbage + 1))];
        exchange.CreateKey(_secret, first.AsSpan(0, PacketFormat.KeySize));
        RandomNumberGenerator.Fill(first.AsSpan(PacketFormat.KeySize));
        FirstFlight = first;
    }

    /// <summary>The bytes to send first: the public key and the garbage.</summary>
    public ReadOnlyMemory<byte> FirstFlight { get; }

    /// <summary>The garbage, which the first packet authenticates.</summary>
    public ReadOnlySpan<byte> Garbage => FirstFlight.Span[PacketFormat.KeySize..];

    /// <summary>Determines whether the other side's public key is this side's: bytes that come back.</summary>
    public bool IsOurs(ReadOnlySpan<byte> theirs) => theirs.SequenceEqual(FirstFlight.Span[..PacketFormat.KeySize]);

    /// <summary>Derives the keys of the connection.</summary>
    /// <param name="theirs">The other side's public key, 64 bytes.</param>
    /// <param name="magic">The four bytes of the chain's magic.</param>
    public TransportKeys Agree(ReadOnlySpan<byte> theirs, ReadOnlySpan<byte> magic)
    {
        var ours = FirstFlight.Span[..PacketFormat.KeySize];
        Span<byte> shared = stackalloc byte[ChaCha20.KeySize];
        if (_isInitiator)
            _exchange.ComputeShared(_secret, ours, theirs, isInitiator: true, shared);
        else
            _exchange.ComputeShared(_secret, theirs, ours, isInitiator: false, shared);
        var keys = TransportKeys.Derive(shared, magic, _isInitiator);
        CryptographicOperations.ZeroMemory(shared);
        return keys;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);
}
