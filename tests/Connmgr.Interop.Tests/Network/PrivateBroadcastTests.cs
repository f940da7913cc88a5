using System.Net;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>A private broadcast through a real Tor network, to a real node.</summary>
[Collection(nameof(TorNetwork))]
public sealed class PrivateBroadcastTests(TorNetwork tor)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Checks the whole way: through Tor to one node, from that to another, which announces the transaction to us.</summary>
    [Fact]
    public async Task BroadcastPrivately_ThroughTor_ReachesANodeAndReturnsFromAnother()
    {
        tor.Require();
        await using var nodes = await Nodes.StartAsync(tor);
        var dialer = new NetworkDialer(new NetworkDialerOptions { Rules = ProxyRules.All(TorNetwork.SecondSocks) });
        var book = new AddressBook();
        book.Add(
            new PeerAddress(nodes.Onion, (ulong)(NodeServices.Network | NodeServices.Witness | NodeServices.P2PV2), TimeProvider.System.GetUtcNow()), nodes.Onion.Address);
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = book,
            Dial = tor.Inside(dialer.DialAsync),
            ReachableNetworks = AddressNetworks.TorV3,
            TargetOutbound = 0,
            Protocol = new() { Relay = true },
        });
        await network.StartAsync(Cancellation);
        await network.ConnectPeerAsync(nodes.Near.EndPoint, Cancellation);
        PrivateBroadcastResult? result = null;
        await Poll.UntilAsync(
            async token =>
            {
                result = await network.BroadcastPrivatelyAsync(nodes.Transaction, new() { Recipients = 1, Within = TimeSpan.FromMinutes(1) }, token);
                return result.Recipients == 1; // A single dial through Tor may fail.
            },
            () => $"no node was reached: {result}",
            Cancellation);

        Assert.Equal((1, 1, true), (result!.Recipients, result.Attempts, result.IsReturned));
        Assert.Equal(Transactions.ToWire(nodes.Decoded.GetProperty("txid").GetString()!), result.TxId.ToArray());
        Assert.Equal(Transactions.ToWire(nodes.Decoded.GetProperty("hash").GetString()!), result.WtxId.ToArray());
        await nodes.Far.WaitForLogAsync("/pynode:0.0.1/", Cancellation);
    }

    [Fact]
    public async Task SendPrivately_OfTheTool_TellsThatTheNetworkKnowsIt()
    {
        tor.Require();
        await using var nodes = await Nodes.StartAsync(tor);
        var folder = Directory.CreateTempSubdirectory("connmgr-private-").FullName;
        try
        {
            await using var run = ToolProcess.Start(
                tor.Network, "run", "--json", "--network", "regtest", "--data-dir", folder, "--proxy", $"{TorNetwork.SecondSocks}", "--relay", "on", "--connect", $"{nodes.Near.EndPoint}");
            await Poll.UntilAsync(
                _ => Task.FromResult(run.HasExited || run.Output.Contains("\"event\":\"connected\"", StringComparison.Ordinal)), () => run.Output, Cancellation);
            Assert.False(run.HasExited, run.Output);
            var (list, file) = (Path.Combine(folder, "onion.txt"), Path.Combine(folder, "signed.hex"));
            await File.WriteAllTextAsync(list, nodes.Onion.ToString(), Cancellation);
            await File.WriteAllTextAsync(file, Convert.ToHexStringLower(nodes.Transaction) + "\n", Cancellation);
            await using var import = ToolProcess.Start(tor.Network, "addresses", "--data-dir", folder, "import", list);
            Assert.True(await import.WaitAsync(Cancellation) == 0, import.Output);

            var output = string.Empty;
            await Poll.UntilAsync(
                async token =>
                {
                    await using var send = ToolProcess.Start(tor.Network, "peers", "--data-dir", folder, "--json", "send-privately", file, "--timeout", "60");
                    var code = await send.WaitAsync(token);
                    output = send.Output;
                    return code == 0; // A single dial through Tor may fail.
                },
                () => output + run.Output,
                Cancellation);
            var txid = nodes.Decoded.GetProperty("txid").GetString();
            Assert.Equal($$"""{"txid":"{{txid}}","recipients":1,"attempts":1,"returned":true}""", output.TrimEnd());
            Assert.Equal(0, await run.TerminateAsync(Cancellation));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Two nodes that know each other, of which the far one is an onion service as well, and a transaction that both accept.</summary>
    private sealed class Nodes : IAsyncDisposable
    {
        private RunningController? _service;

        private Nodes(BitcoindNode near, BitcoindNode far) => (Near, Far) = (near, far);

        public BitcoindNode Near { get; }

        public BitcoindNode Far { get; }

        public NetworkEndPoint Onion { get; private set; }

        public byte[] Transaction { get; private set; } = [];

        public JsonElement Decoded { get; private set; }

        public static async Task<Nodes> StartAsync(TorNetwork tor)
        {
            var near = await StartAsync(tor, "20.1.0.2");
            var nodes = new Nodes(near, await StartAsync(tor, "20.1.0.3"));
            try
            {
                await nodes.PrepareAsync(tor);
                return nodes;
            }
            catch
            {
                await nodes.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_service is not null)
                await _service.DisposeAsync();
            await Far.DisposeAsync();
            await Near.DisposeAsync();
        }

        private static Task<BitcoindNode> StartAsync(TorNetwork tor, string address) =>
            BitcoindNode.StartAsync(new BitcoindOptions { Network = tor.Network, Address = IPAddress.Parse(address) }, Cancellation);

        private async Task PrepareAsync(TorNetwork tor)
        {
            Transaction = await Transactions.CreateAsync(Near, Cancellation);
            Decoded = await Near.CallAsync("decoderawtransaction", Cancellation, Convert.ToHexString(Transaction));
            await Far.CallAsync("addnode", Cancellation, Near.EndPoint.ToString(), "add");
            await Poll.UntilAsync(
                async token => (await Far.CallAsync("getblockcount", token)).GetInt32() > 100, () => "the second node does not get the blocks", Cancellation);
            _service = new RunningController(tor, TorNetwork.Control, new TorControllerOptions
            {
                OnionService = new OnionServiceOptions { Target = Far.EndPoint, VirtualPort = 18444 },
            });
            Onion = (await _service.Tor.WaitAsync(state => state.IsOnionServicePublished, Cancellation)).OnionService!.Value;

            // Published means that one directory has it: the other client may ask another one, in vain.
            var dial = tor.Inside(new Socks5Dialer(TorNetwork.SecondSocks).DialAsync);
            await Poll.UntilAsync(
                async token =>
                {
                    try
                    {
                        await using var stream = await dial(Onion.ToEndPoint()!, token);
                        return true;
                    }
                    catch (ConnectFailedException)
                    {
                        return false;
                    }
                },
                () => "the onion service is not reached",
                Cancellation);
        }
    }
}
