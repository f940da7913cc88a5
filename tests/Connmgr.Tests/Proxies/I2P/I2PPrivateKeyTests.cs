using System.Buffers.Binary;
using CsCheck;

namespace Connmgr.Tests.Proxies;

public class I2PPrivateKeyTests
{
    /// <summary>The lengths of the public and private keys and of the signatures of each type, of I2P's specification.</summary>
    private static readonly Dictionary<int, (int Public, int Private, int Signature)> Signing = new()
    {
        [0] = (128, 20, 40),
        [1] = (64, 32, 64),
        [2] = (96, 48, 96),
        [3] = (132, 66, 132),
        [4] = (256, 512, 256),
        [5] = (384, 768, 384),
        [6] = (512, 1024, 512),
        [7] = (32, 32, 64),
        [8] = (32, 32, 64),
        [11] = (32, 32, 64),
    };

    private static readonly Dictionary<int, int> Encryption = new() { [0] = 256, [4] = 32 };

    private static readonly Gen<Form> Forms = Gen.Select(
        Pick(Signing), Pick(Encryption), Pick(Signing), Gen.Bool, Gen.Int[0, 5], Gen.Int[0, 4],
        static (signing, encryption, transient, isOffline, certificate, more) => new Form(signing, encryption, transient, isOffline, certificate, more));

    /// <summary>Keys of every type are taken; one byte less or more is not.</summary>
    [Fact]
    public void GetError_OfEachForm_TakesItsLengthAlone()
    {
        HashSet<(int, bool)> seen = [];
        Forms.Sample(
            form =>
            {
                var bytes = form.Write();
                lock (seen)
                    seen.Add((form.Signing, form.IsOffline));
                Assert.Null(I2PPrivateKey.GetError(bytes));
                Assert.True(I2PDestination.IsPrivateKey(bytes));
                Assert.NotNull(I2PPrivateKey.GetError([.. bytes, 1]));
                for (var length = 0; length < bytes.Length; length += 1 + (length / 40))
                    Assert.NotNull(I2PPrivateKey.GetError(bytes.AsSpan(0, length)));
                Assert.Contains(FormattableString.Invariant($"{bytes.Length - 1} bytes"), I2PPrivateKey.GetError(bytes.AsSpan(0, bytes.Length - 1)), StringComparison.Ordinal);
            },
            iter: 1_000);
        Assert.Equal(2 * Signing.Count, seen.Count);
    }

    /// <summary>The router judges keys of types that are not known here.</summary>
    [Theory]
    [InlineData(12, 0)]
    [InlineData(7, 5)]
    public void GetError_OfUnknownTypes_TakesAnyLength(int signing, int encryption)
    {
        var bytes = new Form(7, 0, 7, IsOffline: false, Certificate: 5, More: 0).Write();
        (bytes[388], bytes[390]) = ((byte)signing, (byte)encryption);

        Assert.Null(I2PPrivateKey.GetError(bytes));
        Assert.Null(I2PPrivateKey.GetError(bytes.AsSpan(0, 392)));
        Assert.NotNull(I2PPrivateKey.GetError(bytes.AsSpan(0, 391)));
    }

    [Theory]
    [InlineData(6, "certificate of the unknown type 6")]
    [InlineData(255, "certificate of the unknown type 255")]
    public void GetError_OfAnUnknownCertificate_NamesIt(byte certificate, string expected)
    {
        var bytes = new Form(7, 0, 7, IsOffline: false, Certificate: 5, More: 0).Write();
        bytes[384] = certificate;

        Assert.Contains(expected, I2PPrivateKey.GetError(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void GetError_OfTooLongOrShortCertificates_SaysSo()
    {
        var bytes = new Form(3, 0, 7, IsOffline: false, Certificate: 5, More: 0).Write(); // P-521 has 4 bytes of its key in the certificate.
        bytes[386] = 7;
        Assert.Equal("the certificate of its destination is too short for its signing key", I2PPrivateKey.GetError(bytes));
        bytes[386] = 3;
        Assert.Equal("the certificate of its destination is too short", I2PPrivateKey.GetError(bytes));
        bytes[385] = 255;
        Assert.Contains("do not hold a whole destination", I2PPrivateKey.GetError(bytes), StringComparison.Ordinal);
        Assert.Contains("more than 16384", I2PPrivateKey.GetError(new byte[16_385]), StringComparison.Ordinal);
    }

    /// <summary>What a router can send, or a damaged file have, never throws.</summary>
    [Fact]
    public void GetError_OfAnyBytes_Judges() => Gen.Select(Gen.Byte.Array[0, 900], Gen.Byte[0, 12], Gen.Bool).Sample(
        static (bytes, type, zero) =>
        {
            if (bytes.Length > 391)
            {
                byte[] certificate = [5, 0, 4, 0, type, 0, 4];
                certificate.CopyTo(bytes, 384);
                if (zero)
                    bytes.AsSpan(391, Math.Min(100, bytes.Length - 391)).Clear();
            }

            _ = I2PPrivateKey.GetError(bytes);
        },
        iter: 5_000);

    private static Gen<int> Pick<T>(Dictionary<int, T> types) => Gen.Int[0, types.Count - 1].Select(i => types.Keys.ElementAt(i));

    /// <summary>A form of private keys.</summary>
    /// <param name="Signing">The type of the signing key.</param>
    /// <param name="Encryption">The type of the encryption key.</param>
    /// <param name="Transient">The type of the transient signing key.</param>
    /// <param name="IsOffline">True when the transient key signs.</param>
    /// <param name="Certificate">The type of the certificate; another one than 5 means the oldest types.</param>
    /// <param name="More">The number of bytes that the certificate has beyond those needed.</param>
    private sealed record Form(int Signing, int Encryption, int Transient, bool IsOffline, int Certificate, int More)
    {
        public byte[] Write()
        {
            var (signing, encryption) = Certificate == 5 ? (Signing, Encryption) : (0, 0);
            var (publicLength, privateLength, signature) = I2PPrivateKeyTests.Signing[signing];
            List<byte> bytes = [.. Any(384), (byte)Certificate];
            byte[] certificate = Certificate == 5 ? [.. UInt16(signing), .. UInt16(encryption), .. Any(Math.Max(0, publicLength - 128) + More)] : Any(More);
            bytes.AddRange([.. UInt16(certificate.Length), .. certificate, .. Any(I2PPrivateKeyTests.Encryption[encryption])]);
            bytes.AddRange(IsOffline ? new byte[privateLength] : Any(privateLength));
            if (IsOffline)
            {
                var transient = I2PPrivateKeyTests.Signing[Transient];
                bytes.AddRange([.. Any(4), .. UInt16(Transient), .. Any(transient.Public + signature + transient.Private)]);
            }

            return [.. bytes];
        }

        private static byte[] Any(int length) => [.. Enumerable.Repeat((byte)0x5a, length)];

        private static byte[] UInt16(int value)
        {
            var bytes = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
            return bytes;
        }
    }
}
