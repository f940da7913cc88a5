using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>Hosts that misbehave over real connections, from routable addresses, which a namespace has all of.</summary>
public sealed class MisbehavingPeersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-bans-").FullName;

    private static IPEndPoint Ours => IPEndPoint.Parse("9.9.9.9:18444");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PeerNetwork_HostMisbehaves_IsScoredDiscouragedBannedRefusedAndStaysSoAfterARestart()
    {
        await using var world = await NetworkNamespace.CreateAsync(Cancellation);
        await using (var network = await StartAsync(world))
        {
            // Getting discouraged ends the host's other connections. That takes a moment, and would end the next connection too, if that were made meanwhile.
            await using var other = await ConnectAsync(world, "8.1.2.3");
            await Poll.UntilAsync(
                async token => (await network.GetPeersAsync(token)).Any(peer => other.Socket.LocalEndPoint!.Equals(peer.Connection.RemoteEndPoint)),
                () => "the host's other connection is not established",
                Cancellation);
            await MisbehaveAsync(world, "8.1.2.3");
            Assert.Equal(GateVerdict.Discourage, GetVerdict(network));
            await DrainAsync(other);

            await MisbehaveAsync(world, "8.1.2.3");
            Assert.Equal(GateVerdict.Refuse, GetVerdict(network));
            Assert.False(await IsAnsweredAsync(world, "8.1.2.3"));
            Assert.True(await IsAnsweredAsync(world, "8.1.2.4"));
        }

        await using var again = await StartAsync(world);
        Assert.False(await IsAnsweredAsync(world, "8.1.2.3"));
        Assert.True(await IsAnsweredAsync(world, "8.1.2.4"));
        Assert.True(again.Bans.Remove(BanTarget.Parse("8.1.2.3")));
        Assert.True(await IsAnsweredAsync(world, "8.1.2.3"));
    }

    private async Task<PeerNetwork> StartAsync(NetworkNamespace world)
    {
        var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            DataDirectory = _folder,
            Configure = manager =>
            {
                manager.Listeners = [world.Run(() => TcpConnectionListener.Listen(Ours))];
                manager.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
            },
        });
        await network.StartAsync(Cancellation);
        return network;
    }

    private static async Task<NetworkStream> DialAsync(NetworkNamespace world, string from)
    {
        var socket = world.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(Ours, Cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static GateVerdict GetVerdict(PeerNetwork network) => network.Reputation.Evaluate(IPEndPoint.Parse("8.1.2.3:1"), ConnectionDirection.Inbound);

    /// <summary>A connection whose handshake is complete once the other side has answered.</summary>
    private static async Task<NetworkStream> ConnectAsync(NetworkNamespace world, string from)
    {
        var stream = await DialAsync(world, from);
        var version = Frame("version", new VersionMessage { ProtocolVersion = 70016, Nonce = 1, UserAgent = "/odd:1/" }.Encode());
        await stream.WriteAsync((byte[])[.. version, .. Frame("verack", [])], Cancellation);
        return stream;
    }

    /// <summary>Sends more addresses than a message may hold, which no honest peer does. Returns once it was hung up on, when that is counted.</summary>
    private static async Task MisbehaveAsync(NetworkNamespace world, string from)
    {
        await using var stream = await ConnectAsync(world, from);
        await stream.WriteAsync(Frame("addr", [0xFD, 0xE9, 0x03, .. new byte[1001 * 30]]), Cancellation);
        await DrainAsync(stream);
    }

    /// <summary>Whether a version message is answered rather than hung up on.</summary>
    private static async Task<bool> IsAnsweredAsync(NetworkNamespace world, string from)
    {
        await using var stream = await DialAsync(world, from);
        try
        {
            await stream.WriteAsync(Frame("version", new VersionMessage { ProtocolVersion = 70016, Nonce = 1, UserAgent = "/good:1/" }.Encode()), Cancellation);
            return await stream.ReadAsync(new byte[1], Cancellation) > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task DrainAsync(NetworkStream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[4096], Cancellation) > 0)
            {
                // All that counts is the end.
            }
        }
        catch (IOException)
        {
            // Reset rather than closed.
        }
    }

    private static byte[] Frame(string command, byte[] payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        FrameHeader.Create(FrameHeader.GetMagic(ChainParameters.Regtest), new MessageCommand(command), payload).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }
}
