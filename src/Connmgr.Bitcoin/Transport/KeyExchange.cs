using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>Determines whether this machine can speak the encrypted transport.</summary>
internal static class KeyExchange
{
    private static readonly Lazy<(IKeyExchange? Exchange, string? Obstacle)> Loaded = new(Load);

    /// <summary>The key exchange of the process; null where <see cref="Obstacle"/> gives the reason.</summary>
    public static IKeyExchange? Instance => Loaded.Value.Exchange;

    /// <summary>The reason for which this machine cannot speak it; null where it can.</summary>
    public static string? Obstacle => Loaded.Value.Obstacle;

    private static (IKeyExchange?, string?) Load() => ChaCha20Poly1305.IsSupported
        ? Load(static () => new Secp256k1KeyExchange())
        : (null, "The system's library of cryptography has no ChaCha20-Poly1305.");

    /// <summary>Loads a key exchange, and tries it.</summary>
    internal static (IKeyExchange? Exchange, string? Obstacle) Load(Func<IKeyExchange> create)
    {
        try
        {
            var exchange = create();
            Span<byte> secret = stackalloc byte[ChaCha20.KeySize], shared = stackalloc byte[ChaCha20.KeySize];
            Span<byte> encoding = stackalloc byte[PacketFormat.KeySize];
            exchange.CreateKey(secret, encoding);
            exchange.ComputeShared(secret, encoding, encoding, isInitiator: true, shared);
            return (exchange, null);
        }
        catch (Exception exception)
        {
            // A missing file, another architecture, a function that the file lacks: none of this may keep the program from speaking v1.
            return (null, $"libsecp256k1 can't be used: {exception.GetBaseException().Message}");
        }
    }
}
