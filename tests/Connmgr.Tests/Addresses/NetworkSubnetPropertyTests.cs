using System.Net;
using CsCheck;

namespace Connmgr.Tests.Addresses;

public class NetworkSubnetPropertyTests
{
    private static readonly Gen<char> Character = Gen.Frequency((6, Gen.OneOf("0123456789".ToCharArray())), (3, Gen.OneOf('.', ':', '/', 'f')), (1, Gen.Char));

    [Fact]
    public void Contains_AgreesWithTheSystem_OnBothNetworks()
    {
        var counts = new int[2, 2];
        Gen.Select(Gen.OneOf(AddressGen.IPv4, AddressGen.IPv6), Gen.Int[0, 128], Gen.Int[0, 128]).Sample(
            (address, length, flipped) =>
            {
                var isIPv4 = address.Network == AddressNetwork.IPv4;
                if (address == default || address.Network == AddressNetwork.Internal)
                    return;
                length = isIPv4 ? length / 4 : length;
                var other = NetworkAddress.FromIPAddress(Flip(address.ToIPAddress()!, isIPv4 ? flipped % 33 : flipped));
                if (other == default || other.Network == AddressNetwork.Internal || other.Network != address.Network)
                    return;

                Assert.True(NetworkSubnet.TryCreate(address, length, out var subnet));

                var expected = new IPNetwork(subnet.Address.ToIPAddress()!, length).Contains(other.ToIPAddress()!);
                Assert.Equal(expected, subnet.Contains(other));
                Assert.True(subnet.Contains(address));
                Interlocked.Increment(ref counts[isIPv4 ? 0 : 1, expected ? 1 : 0]);
            },
            iter: 20_000);
        foreach (var count in counts)
            Assert.True(count > 500, $"reached only {count} times");
    }

    [Fact]
    public void ToString_ThenParse_GivesTheSame() => Gen.Select(AddressGen.Any, Gen.Int[0, 256]).Sample((address, length) =>
    {
        if (address.Network == AddressNetwork.Internal)
            return;
        foreach (var subnet in (NetworkSubnet[])[Create(address, length), new(address), NetworkSubnet.FromHost(address)])
        {
            if (subnet != default)
                Assert.Equal(subnet, NetworkSubnet.Parse(subnet.ToString()));
        }
    });

    [Fact]
    public void TryParse_AnyText_GivesOneThatPrintsAndReadsBackOrNone()
    {
        var parsed = 0;
        Character.Array[0, 24].Select(chars => new string(chars)).Sample(
            text =>
            {
                if (!NetworkSubnet.TryParse(text, out var subnet))
                    return;
                Interlocked.Increment(ref parsed);
                Assert.Equal(subnet, NetworkSubnet.Parse(subnet.ToString()));
            },
            iter: 200_000);
        Assert.True(parsed > 20, $"only {parsed} were read");
    }

    [Fact]
    public void Compare_IsATotalOrder() => Gen.Select(AddressGen.Any, Gen.Int[0, 128]).Select((address, length) => Create(address, length))
        .Array[3].Sample(subnets =>
        {
            var (a, b, c) = (subnets[0], subnets[1], subnets[2]);
            Assert.Equal(a == b, NetworkSubnet.Compare(a, b) == 0);
            Assert.Equal(Math.Sign(NetworkSubnet.Compare(a, b)), -Math.Sign(NetworkSubnet.Compare(b, a)));
            if (NetworkSubnet.Compare(a, b) <= 0 && NetworkSubnet.Compare(b, c) <= 0)
                Assert.True(NetworkSubnet.Compare(a, c) <= 0);
        });

    private static NetworkSubnet Create(NetworkAddress address, int length) =>
        NetworkSubnet.TryCreate(address, length, out var subnet) ? subnet : default;

    /// <summary>The address with one bit turned; with none at the length of it.</summary>
    private static IPAddress Flip(IPAddress address, int bit)
    {
        var bytes = address.GetAddressBytes();
        if (bit < bytes.Length * 8)
            bytes[bit / 8] ^= (byte)(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }
}
