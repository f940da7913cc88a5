using CsCheck;

namespace Connmgr.Tests.Proxies;

public class I2PDestinationTests
{
    [Fact]
    public void TryDecode_OfWhatEncodeGave_IsTheSame() => Gen.Byte.Array[1, 1_000].Sample(
        bytes =>
        {
            var text = I2PDestination.Encode(bytes);
            Assert.DoesNotContain(text, static c => c is '+' or '/');
            foreach (var form in new[] { text, text.TrimEnd('=') })
            {
                Assert.True(I2PDestination.TryDecode(form, out var decoded));
                Assert.Equal(bytes, decoded);
            }
        },
        iter: 2_000);

    [Theory]
    [InlineData("")]
    [InlineData("AAA+")]
    [InlineData("AAA/")]
    [InlineData("AA A")]
    [InlineData("A")]
    [InlineData("AAAA====")]
    [InlineData("é")]
    public void TryDecode_OfWhatIsNoBase64_IsFalse(string text) => Assert.False(I2PDestination.TryDecode(text, out _));

    [Fact]
    public void TryDecode_OfMoreThanTheMost_IsFalse() => Assert.False(I2PDestination.TryDecode(new string('A', 30_000), out _));

    /// <summary>The length of a destination is that of its certificate and 387; what follows, as private keys do, does not count.</summary>
    [Fact]
    public void TryGetAddress_OfAnyBytes_HashesTheDestinationAlone()
    {
        int found = 0, refused = 0;
        Gen.Select(Gen.Byte.Array[0, 900], Gen.Int[0, 600]).Sample(
            (bytes, certificate) =>
            {
                if (bytes.Length >= 387)
                    (bytes[385], bytes[386]) = ((byte)(certificate >> 8), (byte)certificate);
                var isOne = bytes.Length >= 387 + certificate;
                Assert.Equal(isOne, I2PDestination.TryGetAddress(bytes, out var address));
                Interlocked.Increment(ref isOne ? ref found : ref refused);
                if (!isOne)
                    return;
                Assert.Equal(AddressNetwork.I2P, address.Network);
                Assert.True(I2PDestination.TryGetAddress([.. bytes.AsSpan(0, 387 + certificate), 1, 2, 3], out var same));
                Assert.Equal(address, same);
            },
            iter: 5_000);
        Assert.True(found > 100 && refused > 100, $"{found} {refused}");
    }
}
