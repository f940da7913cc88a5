using System.Globalization;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Gossip;

public sealed class AddressMessageTests
{
    private static readonly DateTimeOffset Seen = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Theory]
    [InlineData("bitcoind-tells-addr.hex", "addr", "IPv4 IPv6")]
    [InlineData("bitcoind-tells-addrv2.hex", "addrv2", "IPv4 IPv6 TorV3 I2P Cjdns")]
    public async Task Decode_BytesOfBitcoind_GivesWhatItKnows_AndEncodesToTheSameBytes(string file, string command, string networks)
    {
        var recording = Recording.Load(file);
        var (last, payload) = (await Frames.ReadAllAsync(recording.FromBitcoind))[^1];
        Assert.Equal(command, last);

        var addresses = AddressMessage.Decode(new(command), payload);

        Assert.InRange(addresses.Length, 4, 8);
        Assert.Equal(networks, string.Join(' ', addresses.Select(address => address.EndPoint.Address.Network).Distinct().Order()));
        Assert.All(addresses, address => Assert.Contains(Line(address), recording.Facts));
        var encoded = Assert.Single(AddressMessage.Encode(new(command), addresses));
        Assert.Equal(Convert.ToHexStringLower(payload), Convert.ToHexStringLower(encoded));

        static string Line(PeerAddress a) => string.Create(
            CultureInfo.InvariantCulture, $"{a.LastSeen.ToUnixTimeSeconds()} {a.Services} {a.EndPoint.Address} {a.EndPoint.Port}");
    }

    [Fact]
    public void Decode_OfEncode_IsWhatTheFormCanSay()
    {
        GossipGen.Any.Array[0, 40].Sample(
            addresses =>
            {
                foreach (var command in new[] { MessageCommand.Addr, MessageCommand.AddrV2 })
                {
                    var expected = addresses.Where(address => address.EndPoint.Address is var a && a != default
                        && a.Network != AddressNetwork.Internal && (command == MessageCommand.AddrV2 || a.IsV1Compatible));
                    var payloads = AddressMessage.Encode(command, addresses);
                    Assert.True(payloads.Count <= 1);
                    Assert.Equal(expected, payloads.SelectMany(payload => AddressMessage.Decode(command, payload)));
                    Assert.Equal(expected.Count(), payloads.Sum(static payload => payload[0])); // No entry that says nothing.
                }
            },
            iter: 5_000);
    }

    [Theory]
    [InlineData("addr")]
    [InlineData("addrv2")]
    public void Encode_MoreThan1000_AreSplitInOrder(string command)
    {
        var addresses = Enumerable.Range(0, 2_500).Select(i => GossipGen.Node(GossipGen.IPv4(i), Seen.AddSeconds(i))).ToArray();
        addresses[1_500] = addresses[1_500] with { EndPoint = new(NetworkAddress.FromName("left out"), 1) };

        var payloads = AddressMessage.Encode(new(command), addresses);
        var messages = payloads.Select(payload => AddressMessage.Decode(new(command), payload)).ToArray();

        Assert.Equal([1000, 1000, 499], messages.Select(message => message.Length));
        Assert.Equal(addresses.Where(address => address.EndPoint.Port != 1), messages.SelectMany(message => message));
        Assert.Empty(AddressMessage.Encode(new(command), addresses.AsSpan(1_500, 1)));
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(1L << 33, uint.MaxValue)]
    public void Encode_TimesThatDoNotFit_BecomeTheNearest(long seconds, long expected)
    {
        var payload = AddressMessage.Encode(
            MessageCommand.Addr, [GossipGen.Node("1.2.3.4:8333", DateTimeOffset.FromUnixTimeSeconds(seconds))])[0];
        Assert.Equal(expected, AddressMessage.Decode(MessageCommand.Addr, payload)[0].LastSeen.ToUnixTimeSeconds());
    }

    [Fact]
    public void Decode_EntriesThatStandForNoPeer_AreLeftOutAndTheRestIsRead()
    {
        byte[] payload =
        [
            8,
            .. V2(1, [1, 2, 3, 4]),
            .. V2(3, new byte[10]), // Tor v2.
            .. V2(0x7f, new byte[512]), // Not known yet, as long as may be.
            .. V2(0x80, []),
            .. V2(2, Convert.FromHexString("00000000000000000000ffff01020304")), // IPv4 as IPv6.
            .. V2(2, Convert.FromHexString("fd87d87eeb4301020304050607080910")), // Tor v2 as IPv6 (OnionCat).
            .. V2(2, Convert.FromHexString("fd6b88c0872401020304050607080910")), // Internal.
            .. V2(1, [5, 6, 7, 8]),
        ];
        var read = AddressMessage.Decode(MessageCommand.AddrV2, payload);
        Assert.Equal("1.2.3.4:8333 5.6.7.8:8333", string.Join(' ', read.Select(address => address.EndPoint)));

        payload = [3, .. V1("fd87d87eeb4301020304050607080910"), .. V1(new string('0', 32)), .. V1("00000000000000000000ffff01020304")];
        Assert.Equal("1.2.3.4:8333", Assert.Single(AddressMessage.Decode(MessageCommand.Addr, payload)).EndPoint.ToString());
    }

    [Theory]
    [InlineData("addr", 30)]
    [InlineData("addrv2", 13)]
    public void Decode_1000EntriesAndMoreBytesAfterThem_IsAllowed_1001IsNot(string command, int length)
    {
        var entry = command is "addr" ? V1("00000000000000000000ffff01020304") : V2(1, [1, 2, 3, 4]);
        Assert.Equal(length, entry.Length);
        byte[] entries = [.. Enumerable.Repeat(entry, 1001).SelectMany(bytes => bytes)];
        Assert.Equal(1000, AddressMessage.Decode(new(command), [0xfd, 0xe8, 0x03, .. entries]).Length);
        Violates(ProtocolViolation.TooManyAddresses, command, [0xfd, 0xe9, 0x03, .. entries]);
        Violates(ProtocolViolation.BadPayload, command, [0xfd, 0xe9, 0x03, .. entries[..^1]]); // Too many, and cut off: ignored by Bitcoin Core.
        Violates(ProtocolViolation.BadPayload, command, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. entries]);
        Violates(ProtocolViolation.BadPayload, command, [0xfd, 0x01, 0x00, .. entries]); // Not in its shortest form.
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 16)]
    [InlineData(2, 4)]
    [InlineData(2, 15)]
    [InlineData(4, 16)]
    [InlineData(4, 33)]
    [InlineData(5, 31)]
    [InlineData(6, 32)]
    [InlineData(6, 0)]
    public void Decode_AKnownNetworkWithAnotherLength_IsAViolation(byte network, int length) =>
        Violates(ProtocolViolation.WrongAddressLength, "addrv2", [1, .. V2(network, new byte[length])]);

    [Theory]
    [InlineData(1)]
    [InlineData(0x7f)]
    public void Decode_AnAddressOfMoreThan512Bytes_IsAViolation(byte network) =>
        Violates(ProtocolViolation.AddressTooLong, "addrv2", [1, .. V2(network, new byte[513])]);

    [Theory]
    [InlineData("addr")]
    [InlineData("addrv2")]
    public void Decode_CutAtAnyByte_IsAViolation(string command)
    {
        var whole = AddressMessage.Encode(new(command), [GossipGen.Node("1.2.3.4:8333", Seen), GossipGen.Node("[2a01::1]:8333", Seen)])[0];
        Assert.Equal(2, AddressMessage.Decode(new(command), whole).Length);
        for (var length = 0; length < whole.Length; length++)
            Violates(ProtocolViolation.BadPayload, command, whole[..length]);
    }

    [Fact]
    public void Decode_AnyChangeOfAValidPayload_IsReadOrAViolation_EachOfWhichIsReached()
    {
        var reached = new SortedDictionary<string, int>(StringComparer.Ordinal);
        Gen.Select(GossipGen.Any.Array[1, 20], Gen.Int[0, int.MaxValue]).Sample(
            (addresses, seed) =>
            {
                var random = new Random(seed);
                var command = random.Next(3) == 0 ? MessageCommand.Addr : MessageCommand.AddrV2;
                var payload = Mutate(AddressMessage.Encode(command, addresses).FirstOrDefault([0]), random);
                var outcome = "read";
                try
                {
                    var read = AddressMessage.Decode(command, payload);
                    Assert.True(read.Length <= payload.Length / 9);
                    Assert.Equal(read, AddressMessage.Encode(command, read).SelectMany(again => AddressMessage.Decode(command, again)));
                }
                catch (BitcoinProtocolException e)
                {
                    outcome = e.Violation.ToString();
                }

                lock (reached)
                    reached[outcome] = reached.GetValueOrDefault(outcome) + 1;
            },
            iter: Effort.Of(10_000),
            threads: 1);

        Assert.Equal("AddressTooLong BadPayload TooManyAddresses WrongAddressLength read", string.Join(' ', reached.Keys));
        Assert.All(reached, pair => Assert.True(pair.Value >= 50, $"{pair.Key} was reached only {pair.Value} times."));
    }

    [Fact]
    public void Decode_AClaimThatThePayloadCannotHold_TakesNoBuffer()
    {
        byte[] addr = [0xfd, 0xe8, 0x03, .. new byte[1000]];
        var allocated = Allocations.Least(() =>
        {
            try
            {
                AddressMessage.Decode(MessageCommand.Addr, addr);
            }
            catch (BitcoinProtocolException)
            {
            }
        });

        Assert.InRange(allocated, 1, 10_000); // The exception; a thousand entries would be 72,000.
    }

#if !DEBUG
    [Fact]
    public void Decode_AllocatesItsResultAlone()
    {
        var addresses = Enumerable.Range(0, 1000).Select(i => GossipGen.Node(GossipGen.IPv4(i), Seen)).ToArray();
        var payload = AddressMessage.Encode(MessageCommand.AddrV2, addresses)[0];
        var result = Allocations.Least(() => GC.KeepAlive(new PeerAddress[1000]));
        Assert.Equal(result, Allocations.Least(() => AddressMessage.Decode(MessageCommand.AddrV2, payload)));
    }
#endif

    [Fact]
    public void AnotherCommand_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => AddressMessage.Decode(MessageCommand.GetAddr, [0]));
        Assert.Throws<ArgumentException>(() => AddressMessage.Encode(MessageCommand.GetAddr, []));
    }

    private static byte[] V1(string address) =>
        [0, 0xf1, 0x53, 0x65, 9, 0, 0, 0, 0, 0, 0, 0, .. Convert.FromHexString(address), 0x20, 0x8d];

    private static byte[] V2(byte network, byte[] address)
    {
        var (low, high) = ((byte)address.Length, (byte)(address.Length >> 8));
        byte[] length = address.Length < 0xfd ? [low] : [0xfd, low, high];
        return [0, 0xf1, 0x53, 0x65, 9, network, .. length, .. address, 0x20, 0x8d];
    }

    private static void Violates(ProtocolViolation violation, string command, byte[] payload) =>
        Assert.Equal(violation, Assert.Throws<BitcoinProtocolException>(() => AddressMessage.Decode(new(command), payload)).Violation);

    private static byte[] Mutate(byte[] payload, Random random)
    {
        for (var changes = random.Next(4); changes > 0; changes--)
        {
            var at = random.Next(payload.Length);
            switch (random.Next(7))
            {
                case 0:
                    payload[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    payload = payload[..random.Next(1, payload.Length + 1)];
                    break;
                case 2:
                    payload = [.. payload[..at], (byte)random.Next(256), .. payload[at..]];
                    break;
                case 3: // Another count.
                    var count = (ushort)random.Next(0xfd, 2000);
                    payload = [0xfd, (byte)count, (byte)(count >> 8), .. payload[1..]];
                    break;
                case 5: // Too many entries, each of which can be read in either form.
                    payload = [0xfd, 0xe9, 0x03, .. new byte[1001 * 30]];
                    break;
                case 4 when payload.Length > 8: // A length where the first entry's is, when its services take a byte.
                    payload = [.. payload[..7], 0xfd, (byte)random.Next(256), 2, .. payload[8..]];
                    break;
                default:
                    var noise = new byte[random.Next(1, 600)];
                    random.NextBytes(noise);
                    payload = [.. payload, .. noise];
                    break;
            }
        }

        return payload;
    }
}
