using System.Globalization;
using System.Text.Json;

namespace Connmgr.Interop;

/// <summary>Bans move to a real bitcoind and back, in their order and with their times.</summary>
public sealed class BanListFileTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    private const string I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";

    // Hosts first: bitcoind does not ban one within a banned subnet.
    private static readonly string[] Targets =
    [
        "127.0.0.0", "192.168.0.2", "255.255.255.255", "8.8.8.8", "2001:db8::1", "::1", "fc00::1", Onion, I2P,
        "127.0.0.0/24", "1.2.3.4/255.255.248.0", "0.0.0.0/0", "1:2:3:4:5:6:7:8/19", "fe80::/10", "1:2::/ffff:ffff::", "::/0",
    ];

    // No addresses to bitcoind, which takes them from a file all the same.
    private static readonly string[] RefusedBySetban = ["255.255.255.255", "2001:db8::1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LoadAsync_BansOfBitcoind_AreThoseItLists_T51()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var hours = 0;
        var later = TimeProvider.System.GetUtcNow().AddYears(1).ToUnixTimeSeconds();
        foreach (var target in Targets.Except(RefusedBySetban, StringComparer.Ordinal))
            await node.CallAsync("setban", Cancellation, target, "add", ++hours % 4 == 0 ? later + hours : hours * 3600, hours % 4 == 0);
        var listed = await ListAsync(node);
        await node.StopAsync(Cancellation);

        var loaded = await BanListFile.LoadAsync(GetPath(node), cancellationToken: Cancellation);

        Assert.Equal((0, Targets.Length - RefusedBySetban.Length), (loaded.RejectedCount, listed.Length));
        Assert.Equal(listed, Describe(loaded.Bans), StringComparer.Ordinal);
    }

    [Fact]
    public async Task SaveAsync_BansOfOurs_AreListedAndKeptByBitcoind()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await node.StopAsync(Cancellation);
        var bans = new BanList();
        foreach (var (index, target) in Targets.Reverse().Index())
        {
            var outcome = bans.Add(
                BanTarget.Parse(target), TimeSpan.FromMinutes(30 + index), (BanCause)(index % 3), index % 2 == 0 ? $"\"comment\" – {index} \\" : null);
            Assert.Equal(BanOutcome.Added, outcome);
        }

        var ours = Describe(bans);
        bans.Add(BanTarget.FromAutonomousSystem(64496), comment: "bitcoind passes it over");
        await BanListFile.SaveAsync(bans, GetPath(node), Cancellation);

        await node.StartAsync(Cancellation);
        Assert.Equal(ours, await ListAsync(node), StringComparer.Ordinal);
        await node.CallAsync("setban", Cancellation, "9.9.9.0/24", "add", 100);
        await node.CallAsync("setban", Cancellation, "9.9.9.0/24", "remove");
        await node.StopAsync(Cancellation);
        Assert.Equal(ours, Describe((await BanListFile.LoadAsync(GetPath(node), cancellationToken: Cancellation)).Bans), StringComparer.Ordinal);
    }

    /// <summary>The published case: a bad address, a version that is not known, a good entry.</summary>
    [Fact]
    public async Task LoadAsync_BadEntries_AreDroppedAsByBitcoind_T54()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await node.StopAsync(Cancellation);
        const string File = """
            { "banned_nets": [
                {"version": 1, "ban_created": 0, "banned_until": 4102444800, "address": "aaaaaaaaa"},
                {"version": 2, "ban_created": 0, "banned_until": 4102444800, "address": "bbbbbbbbb"},
                {"version": 1, "ban_created": 0, "banned_until": 4102444800, "address": "1.2.3.4/24"}
            ] }
            """;
        await System.IO.File.WriteAllTextAsync(GetPath(node), File, Cancellation);

        var loaded = await BanListFile.LoadAsync(GetPath(node), cancellationToken: Cancellation);
        await node.StartAsync(Cancellation);

        Assert.Equal(["1.2.3.0/24 0 4102444800"], Describe(loaded.Bans), StringComparer.Ordinal);
        Assert.Equal(2, loaded.RejectedCount);
        Assert.Equal(Describe(loaded.Bans), await ListAsync(node), StringComparer.Ordinal);
    }

    private static string GetPath(BitcoindNode node) => Path.Combine(node.ChainDirectory, BanListFile.FileName);

    private static string[] Describe(BanList bans) =>
    [
        .. bans.GetBans().Select(ban => string.Create(
            CultureInfo.InvariantCulture, $"{ban.Target} {ban.Created.ToUnixTimeSeconds()} {ban.Until.ToUnixTimeSeconds()}")),
    ];

    private static async Task<string[]> ListAsync(BitcoindNode node) =>
        [.. (await node.CallAsync("listbanned", Cancellation)).EnumerateArray().Select(Describe)];

    private static string Describe(JsonElement ban) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ban.GetProperty("address").GetString()} {ban.GetProperty("ban_created").GetInt64()} {ban.GetProperty("banned_until").GetInt64()}");
}
