using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Sends a request of PCP or NAT-PMP to a gateway until it answers: three times, a second apart, as Bitcoin Core does. Thread-safe.</summary>
/// <param name="port">The port of gateways.</param>
/// <param name="time">The clock.</param>
internal sealed class GatewayDatagrams(int port, TimeProvider time)
{
    /// <summary>The port of both protocols.</summary>
    public const int DefaultPort = 5351;

    private const int Tries = 3;

    /// <summary>The most datagrams to look at for one reply: a gateway that sends others must not keep a processor busy.</summary>
    private const int MaxDatagrams = 32;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>Reads a datagram.</summary>
    /// <returns>False if it is not a reply to the request.</returns>
    internal delegate bool TryRead<T>(ReadOnlySpan<byte> request, ReadOnlySpan<byte> data, [NotNullWhen(true)] out T? reply)
        where T : class;

    /// <summary>Asks a gateway.</summary>
    /// <exception cref="GatewayException">The gateway does not answer.</exception>
    public async Task<T> AskAsync<T>(PortMappingTarget target, byte[] request, TryRead<T> tryRead, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            // The source must be the address to map, and a connected socket takes no datagram from elsewhere.
            using var socket = new Socket(target.Gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(target.Local.Address, 0));
            await socket.ConnectAsync(new IPEndPoint(target.Gateway, port), cancellationToken).ConfigureAwait(false);
            var invalid = 0;
            for (var i = 0; i < Tries; i++)
            {
                using var timeout = new CancellationTokenSource(Timeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                try
                {
                    await socket.SendAsync(request, either.Token).ConfigureAwait(false);
                    var buffer = new byte[PcpCodec.MaxLength + 1];
                    while (invalid < MaxDatagrams)
                    {
                        var length = await socket.ReceiveAsync(buffer, either.Token).ConfigureAwait(false);
                        if (tryRead(request, buffer.AsSpan(0, length), out var reply))
                            return reply;
                        invalid++;
                    }

                    throw new GatewayException(GatewayFailure.NoAnswer, "its answers are not valid");
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    // The next try.
                }
            }

            throw new GatewayException(GatewayFailure.NoAnswer, invalid > 0 ? "its answers are not valid" : "no answer");
        }
        catch (SocketException exception)
        {
            throw new GatewayException(
                GatewayFailure.NoAnswer, exception.SocketErrorCode == SocketError.ConnectionRefused ? "not spoken there" : $"not reached ({exception.SocketErrorCode})");
        }
    }
}
