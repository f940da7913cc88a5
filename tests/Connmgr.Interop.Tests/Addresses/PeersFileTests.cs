using System.Globalization;
using System.Text.Json;

namespace Connmgr.Interop;

/// <summary>A book moves to a real bitcoind and back, place by place.</summary>
public sealed class PeersFileTests
{
    private static readonly (AddressNetworks Network, string Name)[] Networks =
    [
        (AddressNetworks.IPv4, "ipv4"), (AddressNetworks.IPv6, "ipv6"), (AddressNetworks.TorV3, "onion"), (AddressNetworks.I2P, "i2p"),
        (AddressNetworks.Cjdns, "cjdns"), (AddressNetworks.All, "all_networks"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SaveAsync_BookOfAllNetworks_BitcoindHasTheSameTables()
    {
        var book = MakeBook(3000);
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await node.StopAsync(Cancellation);
        await PeersFile.SaveAsync(book, GetPath(node), ChainParameters.Regtest.Magic, Cancellation);

        await node.StartAsync(Cancellation);

        await AssertSameCountsAsync(node, book);
        Assert.Equal(GetTables(book), await TablesOfAsync(node), StringComparer.Ordinal);
        var answer = await node.CallAsync("getnodeaddresses", Cancellation, 0);
        var listed = answer.EnumerateArray().Select(Describe).Order(StringComparer.Ordinal);
        var given = book.GetAddresses(0, 0).Select(Describe).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(given, listed, StringComparer.Ordinal);
        Assert.True(given.Length > 2000);
    }

    [Fact]
    public async Task LoadAsync_FileOfBitcoind_GivesTheSameTablesAndGoesBack()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var addresses = MakeBook(600).GetEntries();
        foreach (var entry in addresses)
            await node.CallAsync("addpeeraddress", Cancellation, entry.EndPoint.Address.ToString(), entry.EndPoint.Port, entry.IsTried);
        var tables = await TablesOfAsync(node);
        await node.StopAsync(Cancellation);

        var book = await PeersFile.LoadAsync(GetPath(node), ChainParameters.Regtest.Magic, cancellationToken: Cancellation);
        Assert.Equal(tables, GetTables(book), StringComparer.Ordinal);
        Assert.True(book.GetCount(tables: AddressTables.New) > 200 && book.GetCount(tables: AddressTables.Tried) > 50);

        File.Delete(GetPath(node));
        await PeersFile.SaveAsync(book, GetPath(node), ChainParameters.Regtest.Magic, Cancellation);
        await node.StartAsync(Cancellation);
        await AssertSameCountsAsync(node, book);
        Assert.Equal(tables, await TablesOfAsync(node), StringComparer.Ordinal);
    }

    private static string GetPath(BitcoindNode node) => Path.Combine(node.ChainDirectory, PeersFile.FileName);

    private static AddressBook MakeBook(int count)
    {
        var random = new Random(count);
        var book = new AddressBook(new AddressBookOptions { Random = new Random(1) });
        for (var i = 0; i < count; i++)
        {
            var endPoint = new NetworkEndPoint(MakeAddress(random, i % 5), (ushort)random.Next(1, 65536));
            var seen = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(random.Next(20_000));
            book.Add(new PeerAddress(endPoint, (ulong)random.NextInt64(), seen), MakeAddress(random, i % 3));
            if (random.Next(4) == 0)
                book.MarkGood(endPoint);
            else if (random.Next(3) == 0)
                book.RecordAttempt(endPoint);
        }

        return book;
    }

    private static NetworkAddress MakeAddress(Random random, int network)
    {
        var bytes = new byte[network switch { 0 => 4, 1 or 4 => 16, _ => 32 }];
        random.NextBytes(bytes);
        if (network != 2 && network != 3)
            bytes[0] = network switch { 0 => (byte)random.Next(20, 100), 1 => 0x26, _ => 0xfc };
        var id = (byte)(network < 2 ? network + 1 : network + 2);
        Assert.Equal(Bip155DecodeStatus.Decoded, NetworkAddress.ReadBip155(id, bytes, out var address));
        return address;
    }

    private static async Task AssertSameCountsAsync(BitcoindNode node, AddressBook book)
    {
        var info = await node.CallAsync("getaddrmaninfo", Cancellation);
        foreach (var (network, name) in Networks)
        {
            var counts = info.GetProperty(name);
            Assert.Equal(book.GetCount(network, AddressTables.New), counts.GetProperty("new").GetInt32());
            Assert.Equal(book.GetCount(network, AddressTables.Tried), counts.GetProperty("tried").GetInt32());
        }
    }

    private static string[] GetTables(AddressBook book) =>
    [
        .. Describe("new", book.Tables.New).Concat(Describe("tried", book.Tables.Tried)).Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Describe(string name, BookTable table)
    {
        for (var place = 0; place < table.Places.Length; place++)
        {
            if (table[place]?.ToEntry() is { } entry)
                yield return $"{name} {place / 64}/{place % 64} {Describe(entry.Address)} from {entry.Source}";
        }
    }

    private static async Task<string[]> TablesOfAsync(BitcoindNode node)
    {
        var raw = await node.CallAsync("getrawaddrman", Cancellation);
        var texts =
            from table in raw.EnumerateObject()
            from place in table.Value.EnumerateObject()
            select $"{table.Name} {place.Name} {Describe(place.Value)} from {place.Value.GetProperty("source").GetString()}";
        return [.. texts.Order(StringComparer.Ordinal)];
    }

    private static string Describe(PeerAddress address) => string.Create(
        CultureInfo.InvariantCulture,
        $"{address.EndPoint.Address} {address.EndPoint.Port} {address.Services} {address.LastSeen.ToUnixTimeSeconds()}");

    private static string Describe(JsonElement address) => string.Create(
        CultureInfo.InvariantCulture,
        $"{address.GetProperty("address").GetString()} {address.GetProperty("port").GetInt32()} "
        + $"{address.GetProperty("services").GetUInt64()} {address.GetProperty("time").GetInt64()}");
}
