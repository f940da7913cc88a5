using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using CsCheck;

namespace Connmgr.Tests.Addresses;

public class NetworkAddressPropertyTests
{
    private static readonly Gen<string> AddressLike = Gen.OneOf(
        Gen.String[Gen.Char["0123456789abcdefABCDEF:.%[]/-x "], 0, 50],
        Gen.String,
        AddressGen.Any.Select(address => address.ToString()),
        Gen.Select(
            Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyzABCDEFG234567="], 50, 57],
            Gen.OneOf(".onion", ".b32.i2p", ".ONION"),
            string.Concat));

    [Fact]
    public void Parse_OfPrinted_IsTheSame() => AddressGen.Any.Sample(address =>
    {
        if (address.Network == AddressNetwork.Internal)
            return;
        var read = NetworkAddress.Parse(address.ToString());
        Assert.Equal(address, address.Network == AddressNetwork.Cjdns ? read.ToCjdns() : read);
        Assert.Equal(address.GetHashCode(), (address.Network == AddressNetwork.Cjdns ? read.ToCjdns() : read).GetHashCode());
    }, iter: 10_000);

    [Fact]
    public void IsInvalidOnion_OfAnyButTheNameOfAService_IsTrue() =>
        Gen.Select(AddressGen.Tor, Gen.Int[52, 55], Gen.Char["abcdefghijklmnopqrstuvwxyz234567"], Gen.OneOf(Gen.Const(string.Empty), Gen.Const("."))).Sample((address, at, other, end) =>
        {
            var name = address.ToString();
            Assert.False(NetworkAddress.IsInvalidOnion(name + end));
            Assert.False(NetworkAddress.IsInvalidOnion(name.ToUpperInvariant() + end));
            Assert.True(NetworkAddress.IsInvalidOnion(name[40..] + end)); // 16 characters, as those of version 2.
            Assert.True(NetworkAddress.IsInvalidOnion("www." + name + end));

            // Of the checksum and the version alone: another key has the same 16 bits of checksum once in 65,536.
            if (name[at] != other)
                Assert.True(NetworkAddress.IsInvalidOnion(name[..at] + other + name[(at + 1)..] + end));
        }, iter: 3_000);

    [Fact]
    public void IsInvalidOnion_OfOtherNames_IsFalse() => AddressLike.Sample(text =>
        text.AsSpan().TrimEnd('.').EndsWith(".onion", StringComparison.OrdinalIgnoreCase) || !NetworkAddress.IsInvalidOnion(text));

    [Fact]
    public void ReadBip155_OfWritten_IsTheSame() => AddressGen.Any.Sample(address =>
    {
        var bytes = new byte[NetworkAddress.MaxLength];
        var length = address.WriteBip155(bytes);
        Assert.Equal(Bip155DecodeStatus.Decoded, NetworkAddress.ReadBip155(address.Bip155Id, bytes.AsSpan(0, length), out var read));
        Assert.Equal(address, read);
    }, iter: 10_000);

    [Fact]
    public void FromV1_OfWritten_IsTheSame() => Gen.OneOf(AddressGen.IPv4, AddressGen.IPv6).Sample(address =>
    {
        var bytes = new byte[16];
        Assert.True(address.TryWriteV1(bytes));
        Assert.Equal(address, NetworkAddress.FromV1(bytes));
    }, iter: 10_000);

    [Fact]
    public void ReadBip155_AnyBytes_NeverThrowsAndOnlyDecodedIsValid() =>
        Gen.Select(Gen.Byte[0, 9], Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Byte.Array[505, 520])).Sample((id, bytes) =>
        {
            var decoding = NetworkAddress.ReadBip155(id, bytes, out var address);
            if (decoding == Bip155DecodeStatus.Decoded)
            {
                Assert.NotEqual(3, id);
                Assert.Equal(bytes.Length, address.Bip155Length);
            }
            else
            {
                Assert.Equal(default, address);
            }
        }, iter: 10_000);

    [Fact]
    public void Parse_AnyText_AddressOrFormatException() => AddressLike.Sample(text =>
    {
        var parsed = NetworkAddress.TryParse(text, out var address);
        try
        {
            Assert.Equal(address, NetworkAddress.Parse(text));
            Assert.True(parsed);
            Assert.Equal(address, NetworkAddress.Parse(address.ToString()));
        }
        catch (FormatException)
        {
            Assert.False(parsed);
            Assert.Equal(default, address);
        }
    }, iter: 10_000);

    // What ours takes, the system's parser takes alike; and it takes all that is IPv6 without a scope or brackets.
    [Fact]
    public void TryParse_IPv6Text_AgreesWithSystem() => Gen.OneOf(
        Gen.String[Gen.Char["0123456789abF:"], 2, 40],
        Gen.String[Gen.Char["01:"], 2, 18],
        Gen.String[Gen.Char["01:."], 2, 24],
        AddressGen.SparseBytes16.Select(bytes => new IPAddress(bytes).ToString())).Sample(text =>
    {
        var system = text.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(text, out var ip) ? ip : null;
        var ours = IPv6Text.TryParse(text, out var first, out var second);
        Assert.True(ours == system is not null, text);
        if (system is not null)
            Assert.Equal(system.GetAddressBytes(), Convert.FromHexString($"{first:x16}{second:x16}"));
    }, iter: 10_000);

    [Fact]
    public void FromIPAddress_AnyIPAddress_ThereAndBack() => Gen.OneOf(AddressGen.IPv4, AddressGen.IPv6).Sample(address =>
    {
        if (address.ToIPAddress() is not { } ip)
        {
            Assert.Equal(AddressNetwork.Internal, address.Network);
            return;
        }

        Assert.Equal(address, NetworkAddress.FromIPAddress(ip));
        Assert.Equal(address.Network == AddressNetwork.IPv4, ip.AddressFamily == AddressFamily.InterNetwork);
    }, iter: 10_000);

    [Fact]
    public void Equals_OneBitDiffers_False() => Gen.Select(AddressGen.Any, Gen.Int[0, 255]).Sample((address, bit) =>
    {
        var bytes = new byte[NetworkAddress.MaxLength];
        var length = address.WriteBip155(bytes);
        bit %= 8 * length;
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        NetworkAddress.ReadBip155(address.Bip155Id, bytes.AsSpan(0, length), out var other);
        Assert.False(address == other);
        Assert.True(address != other);
    }, iter: 10_000);

    [Fact]
    public void Equals_SameBytesOfAnotherNetwork_False() => Gen.Byte.Array[32].Sample(bytes =>
    {
        Assert.NotEqual(AddressGen.Of(AddressNetwork.TorV3, bytes), AddressGen.Of(AddressNetwork.I2P, bytes));
        Assert.NotEqual(AddressGen.Of(AddressNetwork.Cjdns, bytes[..16]), NetworkAddress.FromV1(bytes.AsSpan(0, 16)));
    });

    [Fact]
    public void IsRoutable_Any_ImpliesValidAndNotLocal() => AddressGen.Any.Sample(address =>
        Assert.True(!address.IsRoutable || (address.IsValid && !address.IsLocal), address.ToString()), iter: 10_000);

    [Fact]
    public void Size_OfValues_IsCompact()
    {
        Assert.Equal(40, Unsafe.SizeOf<NetworkAddress>());
        Assert.Equal(48, Unsafe.SizeOf<NetworkEndPoint>());
        Assert.Equal(16, Unsafe.SizeOf<Netgroup>());
    }

    // A hash that folds the two halves of a long into each other would give all of these one value.
    [Fact]
    public void GetHashCode_AddressesMadeToCollideWhenHalvesCancel_Differ()
    {
        var hashes = new HashSet<int>();
        for (uint i = 0; i < 1000; i++)
            hashes.Add(NetworkAddress.Parse($"{i:x}:0:{i:x}::").GetHashCode());

        Assert.InRange(hashes.Count, 990, 1000);
    }
}
