using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

/// <summary><c>--external-address</c> and <c>--asmap</c>, through a whole run.</summary>
public sealed class RunAddressesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("8.8.8.8", "--listen 127.0.0.1:0", "8.8.8.8:")]
    [InlineData("8.8.8.8:1234", "", "8.8.8.8:1234")]
    [InlineData("[2600::1]", "", "[2600::1]:18444")]
    public async Task ExternalAddress_APeer_IsToldOfIt(string external, string others, string expected)
    {
        // Only public peers get it, so the run is to take the peer for one: it dials an address there, and is led to the peer.
        var told = new ConcurrentQueue<NetworkEndPoint>();
        await using var peer = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)],
            Protocol = new BitcoinPeerOptions { Services = NodeServices.Network | NodeServices.Witness },
            ConfigureGossip = gossip => gossip.ForwardMessages = true,
            OnMessage = (_, message, _) =>
            {
                if (AddressMessage.IsAddressCommand(message.Command))
                {
                    foreach (var address in AddressMessage.Decode(message.Command, message.Payload.Span))
                        told.Enqueue(address.EndPoint);
                }

                return ValueTask.CompletedTask;
            },
        });
        await peer.StartAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var run = new ToolRun
        {
            World = () => new NetworkWorld
            {
                Chain = ChainParameters.Regtest,
                Dial = async (_, cancellationToken) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(peer.ListenEndPoints[0], cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            },
        };
        var running = Task.Run(
            () => run.RunAsync(
                stop.Token,
                ["run", "--connect", "8.8.4.4", "--external-address", external, .. others.Split(' ', StringSplitOptions.RemoveEmptyEntries)]),
            TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(told.Any(address => address.ToString().StartsWith(expected, StringComparison.Ordinal))));
        await stop.CancelAsync();
        Assert.Equal(0, await running);
    }

    [Theory]
    [InlineData("node.example", "not a host name")]
    [InlineData("192.168.1.5", "private or local")]
    [InlineData("1.2.3", "write an address")]
    public async Task ExternalAddress_OfNoUse_ExitsWith2(string external, string what)
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("run", "--external-address", external));
        Assert.Contains($"--external-address is '{external}'", run.Error, StringComparison.Ordinal);
        Assert.Contains(what, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsMap_AMap_SaysWhichAutonomousSystemAPeerIsOf()
    {
        // RETURN 64496 for every address: 0 for the instruction, 10 for a number of 16 bits, and 64496 - 1 - 2^15 in these.
        var bits = "010" + Convert.ToString(64496 - 1 - 32768, 2).PadLeft(16, '0');
        var map = new byte[3];
        for (var i = 0; i < bits.Length; i++)
            map[i / 8] |= (byte)(bits[i] == '1' ? 1 << (i % 8) : 0);
        await File.WriteAllBytesAsync(_file, map, TestContext.Current.CancellationToken);

        await using var run = await BackgroundRun.StartAsync(world: null, "--asmap", _file, "--target", "3");
        await run.ConnectedAsync(1); // One of each AS.
        await run.JsonAsync("bans", "add", "AS64496");
        await run.ConnectedAsync(0);
        Assert.Single(run.Events, line => line.GetProperty("event").ValueEquals("connected") && line.GetProperty("purpose").ValueEquals("automatic"));
    }

    [Fact]
    public async Task AsMap_NoMap_SaysSo()
    {
        await File.WriteAllTextAsync(_file, "no map of any kind, and longer than some bytes", TestContext.Current.CancellationToken);
        foreach (var path in new[] { _file, "/nowhere/asmap.dat" })
        {
            var run = new ToolRun();
            Assert.Equal(1, await run.RunAsync("run", "--asmap", path));
            Assert.Contains($"can't use --asmap '{path}': ", run.Error, StringComparison.Ordinal);
        }
    }
}
