using System.Security.Cryptography;
using CsCheck;

namespace Connmgr.Bitcoin.Tests;

public sealed class ChaCha20Tests
{
    private static readonly string Zeros = new('0', 64);

    /// <summary>The vectors of RFC 8439: section 2.3.2, and those of the block function in appendix A.1.</summary>
    public static TheoryData<string, uint, string, string> Vectors { get; } = new()
    {
        {
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1, "000000090000004a00000000",
            "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
        },
        {
            Zeros, 0, "000000000000000000000000",
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
        },
        {
            Zeros, 1, "000000000000000000000000",
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
        },
        {
            "0000000000000000000000000000000000000000000000000000000000000001", 1, "000000000000000000000000",
            "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"
        },
        {
            "00ff000000000000000000000000000000000000000000000000000000000000", 2, "000000000000000000000000",
            "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"
        },
        {
            Zeros, 0, "000000000000000000000002",
            "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c78a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void ComputeBlock_VectorsOfTheRfc(string key, uint counter, string nonce, string block)
    {
        var result = new byte[ChaCha20.BlockSize];
        ChaCha20.ComputeBlock(Convert.FromHexString(key), counter, Convert.FromHexString(nonce), result);
        Assert.Equal(block, Convert.ToHexStringLower(result));
    }

    /// <summary>The system's ChaCha20-Poly1305 encrypts with the blocks from 1 on.</summary>
    [Fact]
    public void ComputeBlock_AnyKeyAndNonce_IsTheKeyStreamOfTheSystemsCipher() =>
        Gen.Select(Gen.Byte.Array[ChaCha20.KeySize], Gen.Byte.Array[ChaCha20.NonceSize], Gen.UInt[1, 12]).Sample((key, nonce, counter) =>
        {
            using var system = new ChaCha20Poly1305(key);
            var stream = new byte[12 * ChaCha20.BlockSize];
            system.Encrypt(nonce, stream, stream, new byte[PacketCipher.TagSize]);
            var block = new byte[ChaCha20.BlockSize];
            ChaCha20.ComputeBlock(key, counter, nonce, block);
            Assert.Equal(stream.Chunk(ChaCha20.BlockSize).ElementAt((int)counter - 1), block);
        });
}
