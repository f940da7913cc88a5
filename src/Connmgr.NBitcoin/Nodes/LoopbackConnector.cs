using System.Net;
using System.Net.Sockets;
using NBitcoin.Protocol;
using NBitcoin.Protocol.Connectors;

namespace Connmgr.NBitcoin;

/// <summary>
/// Connects the socket of NBitcoin's Node to this process, whatever the address: a Node needs a TCP socket. Used for one Node.
/// </summary>
internal sealed class LoopbackConnector : IEnpointConnector
{
    /// <summary>The other end of the connection; null until it is connected, and once it is taken.</summary>
    private Socket? _accepted;

    /// <summary>Takes the other end of the connection. The caller disposes of it.</summary>
    public Socket? TakeAccepted() => Interlocked.Exchange(ref _accepted, null);

    /// <inheritdoc/>
    public async Task ConnectSocket(
        Socket socket, EndPoint endPoint, NodeConnectionParameters nodeConnectionParameters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(socket);

        // Exclusive: on Windows, another program could bind to the same port otherwise.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();

        // Bound first, so that the accepted connection is known by its port, even while others connect to the listener.
        socket.NoDelay = true;
        socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.Loopback.MapToIPv6(), 0));
        var accepting = AcceptAsync(listener, (IPEndPoint)socket.LocalEndPoint!, cancellationToken);
        try
        {
            await socket.ConnectAsync(listener.LocalEndPoint!, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _accepted, await accepting.ConfigureAwait(false));
        }
        catch
        {
            listener.Dispose(); // Ends the accepting.
            await ((Task)accepting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (accepting.IsCompletedSuccessfully)
                (await accepting.ConfigureAwait(false)).Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnpointConnector Clone() => this;

    /// <summary>
    /// Accepts the connection that comes from an endpoint, and closes all others: any program on this machine can connect to the listener
    /// while it is open.
    /// </summary>
    internal static async Task<Socket> AcceptAsync(Socket listener, IPEndPoint remote, CancellationToken cancellationToken)
    {
        while (true)
        {
            var accepted = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (IsFrom(accepted, remote))
                return accepted;

            accepted.Dispose();
        }
    }

    private static bool IsFrom(Socket accepted, IPEndPoint remote)
    {
        try
        {
            return accepted.RemoteEndPoint is IPEndPoint found
                && found.Port == remote.Port
                && found.Address.MapToIPv6().Equals(remote.Address.MapToIPv6());
        }
        catch (SocketException)
        {
            return false; // It has ended already.
        }
    }
}
