using System.Security.Cryptography;

namespace Connmgr.Tests.Addresses;

public class Sha3Tests
{
    // The examples that NIST publishes with FIPS 202: 0, 24 and 1600 bits.
    [Theory]
    [InlineData("", 0, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a")]
    [InlineData("abc", 1, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")]
    [InlineData("\u00a3", 200, "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787")]
    public void Hash256_PublishedExample_GivesPublishedHash(string unit, int count, string expected)
    {
        var data = System.Text.Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(unit, count)));
        var hash = new byte[Sha3.HashLength];

        Sha3.Hash256(data, hash);

        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    // Every length over two blocks: the padding meets the end of a block at 135, 136 and 271, 272.
    [Fact]
    public void Hash256_EveryLengthOverTwoBlocks_EqualsSystem()
    {
        Assert.SkipUnless(SHA3_256.IsSupported, "The system has no SHA-3.");
        var data = new byte[300];
        new Random(1).NextBytes(data);
        var hash = new byte[Sha3.HashLength];
        for (var length = 0; length <= data.Length; length++)
        {
            Sha3.Hash256(data.AsSpan(0, length), hash);

            Assert.Equal(SHA3_256.HashData(data.AsSpan(0, length)), hash);
        }
    }
}
