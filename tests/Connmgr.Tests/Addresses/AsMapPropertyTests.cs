using CsCheck;

namespace Connmgr.Tests.Addresses;

public class AsMapPropertyTests
{
    // Prefixes of IPv6 and of IPv4 in its 128 bit form, close enough to share most of their bits.
    private static readonly Gen<(bool[] Bits, uint Number)> Prefix = Gen.Select(
        Gen.OneOf(AddressGen.Bytes16, Gen.Byte[0, 3].Array[16], AddressGen.IPv4Bits.Select(Mapped)),
        Gen.Int[1, 128],
        Gen.Frequency((3, Gen.UInt[1, 70_000]), (1, Gen.UInt[1, 33_521_664])),
        (bytes, length, number) => (ToBits(bytes)[..length], number));

    private static readonly Gen<(bool[] Bits, uint Number)[]> Prefixes = Prefix.Array[1, 60];

    private static readonly Gen<AsTrie> Tries = Prefixes.Select(ToTrie);

    private static readonly Gen<byte[]> Maps = Gen.OneOf(
        Tries.Select(trie => trie.Encode().ToMap()), Gen.Const(AsMapTests.CoresTestMap));

    [Fact]
    public void GetAutonomousSystem_AnyMap_EqualsTrie()
    {
        var found = 0;
        Gen.Select(Prefixes, AddressGen.Bytes16.Array[5]).Sample((prefixes, others) =>
        {
            var trie = ToTrie(prefixes);
            var map = AsMap.Parse(trie.Encode().ToMap());
            var within = prefixes.Select(prefix => ToBytes([.. prefix.Bits, .. ToBits(others[0])[prefix.Bits.Length..]]));
            foreach (var address in within.Concat(others).Select(bytes => NetworkAddress.FromV1(bytes)))
            {
                var number = map.GetAutonomousSystem(address);
                Assert.Equal(Expected(trie, address), number);
                if (number != 0)
                    Interlocked.Increment(ref found);
            }
        }, iter: 500);

        Assert.InRange(found, 500, int.MaxValue);
    }

    [Fact]
    public void Parse_MapCutShort_FormatException() => Tries.Sample(trie =>
    {
        var map = trie.Encode().ToMap();
        for (var length = 0; length < map.Length; length++)
            Assert.Throws<FormatException>(() => AsMap.Parse(map.AsSpan(0, length)));
    }, iter: 50);

    [Fact]
    public void Parse_BitsFlipped_FormatExceptionOrAnAnswer() =>
        Gen.Select(Maps, Gen.Int[0, int.MaxValue].Array[1, 4], AddressGen.Any)
            .Sample((map, flips, address) =>
            {
                var damaged = map.ToArray();
                foreach (var flip in flips)
                    damaged[flip / 8 % damaged.Length] ^= (byte)(1 << (flip % 8));
                AnswersOrRefuses(damaged, address);
            }, iter: 10_000);

    [Fact]
    public void Parse_AnyBytes_FormatExceptionOrAnAnswer() =>
        Gen.Select(Gen.Byte.Array[0, 60], AddressGen.Any).Sample(AnswersOrRefuses, iter: 10_000);

    private static void AnswersOrRefuses(byte[] bytes, NetworkAddress address)
    {
        try
        {
            var map = AsMap.Parse(bytes);
            _ = map.GetAutonomousSystem(address);
            _ = map.GetGroup(address).ToString();
        }
        catch (FormatException exception)
        {
            Assert.Contains($"{bytes.Length} bytes", exception.Message, StringComparison.Ordinal);
        }
    }

    private static uint Expected(AsTrie trie, NetworkAddress address)
    {
        if (!address.IsRoutable || address.Network == AddressNetwork.Internal)
            return 0;
        var bytes = new byte[16];
        (address.TryGetLinkedIPv4(out NetworkAddress ipv4) ? ipv4 : address).TryWriteV1(bytes);
        return trie.Find(ToBits(bytes));
    }

    private static AsTrie ToTrie((bool[] Bits, uint Number)[] prefixes)
    {
        var trie = new AsTrie();
        foreach (var (bits, number) in prefixes)
            trie.Add(bits, number);
        return trie;
    }

    private static byte[] ToBytes(bool[] bits) =>
        [.. bits.Chunk(8).Select(chunk => (byte)chunk.Aggregate(0, (value, bit) => (value << 1) | (bit ? 1 : 0)))];

    private static byte[] Mapped(uint ipv4) => [.. new byte[10], 0xff, 0xff, .. AddressGen.ToIP(ipv4).GetAddressBytes()];

    private static bool[] ToBits(byte[] bytes) =>
        [.. bytes.SelectMany(value => Enumerable.Range(0, 8).Select(bit => (value >> (7 - bit) & 1) != 0))];
}
