using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>
/// A SOCKS5 proxy in memory, as Tor's is: wants a user name, connects to addresses and .onion names, looks names up. Keeps what it was
/// asked.
/// </summary>
internal sealed class SocksProxy(
    Func<EndPoint, CancellationToken, ValueTask<Stream>> dial,
    Func<string, CancellationToken, ValueTask<IReadOnlyList<IPAddress>>> lookup)
{
    public ConcurrentQueue<string> Connects { get; } = [];

    public ConcurrentQueue<string> Lookups { get; } = [];

    public ConcurrentQueue<string> Users { get; } = [];

    /// <summary>Serves as <see cref="Socks5DialerOptions.Connect"/>.</summary>
    public ValueTask<Stream> ConnectAsync(EndPoint proxy, CancellationToken cancellationToken)
    {
        var (client, ours) = DuplexStream.Pair();
        _ = Task.Run(() => ServeAsync(ours), CancellationToken.None);
        return new(client);
    }

    private async Task ServeAsync(DuplexStream client)
    {
        await using (client)
        {
            try
            {
                await TalkAsync(client);
            }
            catch (Exception)
            {
                // The client is gone.
            }
        }
    }

    private async Task TalkAsync(Stream client)
    {
        var greeting = await ReadAsync(client, 2);
        Assert.Contains((byte)2, await ReadAsync(client, greeting[1]));
        await client.WriteAsync((byte[])[5, 2]);
        var user = await ReadAsync(client, (await ReadAsync(client, 2))[1]);
        await ReadAsync(client, (await ReadAsync(client, 1))[0]);
        Users.Enqueue(Encoding.ASCII.GetString(user));
        await client.WriteAsync((byte[])[1, 0]);
        var request = await ReadAsync(client, 5);
        Assert.Equal(3, request[3]);
        var host = Encoding.ASCII.GetString(await ReadAsync(client, request[4]));
        var port = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(client, 2));
        if (request[1] == 0xF0)
            await ResolveAsync(client, host);
        else
            await ConnectAsync(client, host, port);
    }

    private async Task ResolveAsync(Stream client, string host)
    {
        Lookups.Enqueue(host);
        var addresses = await lookup(host, CancellationToken.None);
        byte[] answer = addresses.Count == 0 ? [5, 4, 0, 1, 0, 0, 0, 0, 0, 0] : [5, 0, 0, 1, .. addresses[0].MapToIPv4().GetAddressBytes(), 0, 0];
        await client.WriteAsync(answer);
    }

    private async Task ConnectAsync(Stream client, string host, ushort port)
    {
        Connects.Enqueue($"{host}:{port}");
        Stream peer;
        try
        {
            peer = await dial(IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port), CancellationToken.None);
        }
        catch (ConnectFailedException)
        {
            await client.WriteAsync((byte[])[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]);
            return;
        }

        await using (peer)
        {
            await client.WriteAsync((byte[])[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
            await Task.WhenAny(client.CopyToAsync(peer), peer.CopyToAsync(client));
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
