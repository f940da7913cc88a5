using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Connmgr.Bitcoin;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin.Tests;

/// <summary>Two peers of one chain, connected by a real socket pair. The remote one keeps what it gets.</summary>
internal sealed class PeerPair : IAsyncDisposable
{
    private readonly Socket[] _sockets;
    private readonly Channel<(string Command, byte[] Payload)> _received = Channel.CreateUnbounded<(string Command, byte[] Payload)>();

    private PeerPair(Socket[] sockets, BitcoinPeer local, BitcoinPeer remote)
    {
        (_sockets, Local, Remote) = (sockets, local, remote);
        RemoteRun = remote.RunAsync((_, message, _) =>
        {
            _received.Writer.TryWrite((message.Command.ToString(), message.Payload.ToArray()));
            return ValueTask.CompletedTask;
        });
    }

    public BitcoinPeer Local { get; }

    public BitcoinPeer Remote { get; }

    public Task RemoteRun { get; }

    public Task LocalRun { get; private set; } = Task.CompletedTask;

    /// <summary>Completes when the local peer has ended, however it ended.</summary>
    public Task LocalRunEnds => Task.WhenAny(LocalRun);

    /// <summary>What the remote peer's handler has got, and not yet been read.</summary>
    public ChannelReader<(string Command, byte[] Payload)> Received => _received.Reader;

    public static async Task<PeerPair> CreateAsync(
        ChainParameters chain, Services remoteServices = Services.Network | Services.Witness, IReadOnlyCollection<MessageCommand>? interest = null)
    {
        var token = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(listener.LocalEndpoint, token);
        var accepted = await listener.AcceptSocketAsync(token);
        accepted.NoDelay = true;
        var far = new BitcoinProtocol(new()
        {
            Chain = chain,
            Services = remoteServices,
            UserAgent = "/Far:1.0/",
            StartHeight = static () => 777,
        });
        var near = new BitcoinProtocol(new() { Chain = chain, MessageCommands = interest });
        var answering = far.HandshakeAsync(new NetworkStream(accepted), ConnectionDirection.Inbound, socket.LocalEndPoint, token).AsTask();
        var local = await near.HandshakeAsync(new NetworkStream(socket), ConnectionDirection.Outbound, accepted.LocalEndPoint, token);
        return new([socket, accepted], local, await answering);
    }

    /// <summary>Runs the local peer.</summary>
    public void Run(Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? handler = null) =>
        LocalRun = Local.RunAsync(handler ?? ((_, _, _) => ValueTask.CompletedTask));

    /// <summary>Reads until a message with a command arrives.</summary>
    public async Task<byte[]> ReceiveAsync(string command)
    {
        await foreach (var message in Received.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (string.Equals(message.Command, command, StringComparison.Ordinal))
                return message.Payload;
        }

        throw new InvalidOperationException($"'{command}' did not arrive.");
    }

    /// <summary>Closes the remote peer's side.</summary>
    public void CloseRemote() => _sockets[1].Dispose();

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        await LocalRun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await RemoteRun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
