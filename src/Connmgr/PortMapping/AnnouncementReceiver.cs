using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// Receives the announcements by which gateways tell that they have restarted or have another address (RFC 6887, 14.1; RFC 6886, 3.2.1). Their
/// contents are not read: an announcement is only a reason to ask.
/// </summary>
/// <param name="port">The port of announcements.</param>
/// <param name="time">The clock.</param>
/// <param name="onAnnouncement">Gets the address of each sender. Must be fast.</param>
internal sealed class AnnouncementReceiver(int port, TimeProvider time, Action<IPAddress> onAnnouncement)
{
    /// <summary>The port of both protocols.</summary>
    public const int DefaultPort = 5350;

    /// <summary>The pause between two datagrams: a flood must not keep a processor busy.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly IPAddress AllHosts = IPAddress.Parse("224.0.0.1");
    private static readonly IPAddress AllNodes = IPAddress.Parse("ff02::1");

    /// <summary>Receives until it is cancelled. Without the port, as where another program has it, nothing is received; the checks remain.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        ReceiveAsync(new IPEndPoint(IPAddress.Any, port), cancellationToken), ReceiveAsync(new IPEndPoint(IPAddress.IPv6Any, port), cancellationToken));

    private async Task ReceiveAsync(IPEndPoint local, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true); // Other programs receive them too.
            socket.Bind(local);
            if (local.AddressFamily == AddressFamily.InterNetwork)
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(AllHosts));
            else
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(AllNodes));
            var buffer = new byte[PcpCodec.MaxLength];
            while (!cancellationToken.IsCancellationRequested)
            {
                var received = await socket.ReceiveFromAsync(buffer, local, cancellationToken).ConfigureAwait(false);
                onAnnouncement(((IPEndPoint)received.RemoteEndPoint).Address);
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // The gateway is asked every few minutes anyway.
        }
    }
}
