using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>What PeerNetwork keeps and tries on its own, with real nodes at routable addresses.</summary>
public sealed class PeerNetworkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-interop-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ChainDirectory Files => ChainDirectory.FromDataDirectory(_folder.FullName, ChainParameters.Regtest);

    /// <summary>There from a start to a clean end.</summary>
    private string Running => Path.Combine(Files.Folder, "peers.running");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Restart_WithoutItsBook_DialsTheAnchors()
    {
        await using var space = await NetworkNamespace.CreateAsync(Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(space, Cancellation, "20.1.0.1", "20.2.0.1");
        await using (var network = Network(space, target: 2))
        {
            Fill(network.Book, nodes);
            await network.StartAsync(Cancellation);
            await network.WhenFullAsync(Cancellation);
        }

        File.Delete(Files.Peers); // Nothing else tells of the nodes.
        await using var again = Network(space, target: 2);
        await again.StartAsync(Cancellation);
        await again.WhenFullAsync(Cancellation);

        var peers = await again.GetPeersAsync(Cancellation);
        Assert.All(peers, peer => Assert.Equal(PeerPurpose.Anchor, PeerNetwork.GetPurpose(peer.Connection)));
        Assert.Equal(
            nodes.Select(node => node.EndPoint.ToString()).Order(StringComparer.Ordinal),
            peers.Select(peer => peer.Connection.RemoteEndPoint!.ToString()!).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach (var node in nodes)
            await node.WaitForPeersAsync(static connected => connected.Count == 1, Cancellation);
    }

    [Fact]
    public async Task Feeler_MovesAnAddressToTried_AndAsksForNoTransactions()
    {
        await using var space = await NetworkNamespace.CreateAsync(Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(space, Cancellation, "20.1.0.1", "20.2.0.1");
        await using var network = Network(space, target: 1, options =>
        {
            options.Policies = new PeerPolicies { FeelerInterval = TimeSpan.FromMilliseconds(50), ExtraNetworkInterval = null };
            options.Configure = static manager => manager.DialHedgeDelay = TimeSpan.FromHours(1); // Not both by a race.
        });
        Fill(network.Book, nodes);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);

        await Poll.UntilAsync(
            _ => Task.FromResult(network.Book.GetCount(tables: AddressTables.Tried) == 2), () => "the other node was not tried", Cancellation);

        var connected = Assert.Single(await network.GetPeersAsync(Cancellation), peer => PeerNetwork.GetPurpose(peer.Connection) == PeerPurpose.Automatic);
        var felt = nodes.Single(node => !node.EndPoint.Equals(connected.Connection.RemoteEndPoint));
        await felt.WaitForLogAsync("txrelay=0", Cancellation);
        await felt.WaitForPeersAsync(static peers => peers.Count == 0, Cancellation);
    }

    [Fact]
    public async Task Run_KilledAndStartedAgain_FillsFromItsBook()
    {
        await using var space = await NetworkNamespace.CreateAsync(Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(space, Cancellation, "20.1.0.1", "20.2.0.1", "20.3.0.1");
        var list = Path.Combine(_folder.FullName, "peers.txt");
        await File.WriteAllLinesAsync(list, nodes.Select(node => node.EndPoint.ToString()), Cancellation);
        string[] run = ["run", "--network", "regtest", "--json", "--data-dir", _folder.FullName];
        await using (var killed = ToolProcess.Start(space, [.. run, "--target", "3", "--fixed-peers", list]))
        {
            await Poll.UntilAsync(IsSavedAsync, () => $"the book was not written: {killed.Output}", Cancellation);
            await killed.KillAsync();
        }

        Assert.True(File.Exists(Running));
        await using var again = ToolProcess.Start(space, [.. run, "--target", "2", "--until-full", "--timeout", "60"]);
        Assert.Equal(0, await again.WaitAsync(Cancellation));
        var summary = JsonDocument.Parse(again.Output.Split('\n').Last(line => line.Contains("\"summary\"", StringComparison.Ordinal))).RootElement;
        Assert.True(summary.GetProperty("full").GetBoolean());
        Assert.DoesNotContain("\"seeded\"", again.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Running));
    }

    private async Task<bool> IsSavedAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Files.Peers))
            return false;
        var book = await PeersFile.LoadAsync(Files.Peers, ChainParameters.Regtest.Magic, cancellationToken: cancellationToken);
        return book.GetCount(tables: AddressTables.Tried) >= 2; // Of 3, two have the same place in one book of 1,000.
    }

    private PeerNetwork Network(NetworkNamespace space, int target, Action<PeerNetworkOptions>? configure = null)
    {
        var dialer = new TcpDialer();
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            DataDirectory = _folder.FullName,
            Book = SmallBook.Create(),
            TargetOutbound = target,
            Dial = (endPoint, token) => space.Run(() => dialer.DialAsync(endPoint, token)),
        };
        configure?.Invoke(options);
        return new PeerNetwork(options);
    }

    private static void Fill(AddressBook book, BitcoindNodes nodes)
    {
        foreach (var node in nodes)
            book.AddOwn(new(NetworkAddress.FromIPAddress(node.EndPoint.Address), (ushort)node.EndPoint.Port), 9, TimeProvider.System.GetUtcNow());
    }
}
