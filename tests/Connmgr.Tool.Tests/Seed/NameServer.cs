using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool.Tests.Seed;

/// <summary>A name server on loopback that answers what a test says: some packets for each question, by UDP, and by TCP when it has that.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly UdpClient _udp;
    private readonly TcpListener? _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Query, IEnumerable<byte[]>> _answer;
    private readonly Task _serving;

    /// <param name="answer">The packets for a question; none to be silent.</param>
    /// <param name="hasTcp">True to answer by TCP; else such connections are refused.</param>
    public NameServer(Func<Query, IEnumerable<byte[]>> answer, bool hasTcp = false)
    {
        _answer = answer;
        (_udp, _tcp) = Open(hasTcp);
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_udp.Client.LocalEndPoint!;

    /// <summary>The questions, in order.</summary>
    public ConcurrentQueue<Query> Asked { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving; // Before its sockets go: a UdpClient that is disposed of while it sends throws whatever it runs into.
        _udp.Dispose();
        _tcp?.Dispose();
        _stop.Dispose();
    }

    public Task SendAsync(byte[] packet, Query to) => _udp.SendAsync(packet, to.From!, _stop.Token).AsTask();

    /// <summary>Binds a port that is free for both: the one that the system chooses for one may be in use for the other.</summary>
    private static (UdpClient Udp, TcpListener? Tcp) Open(bool hasTcp)
    {
        while (true)
        {
            var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            if (!hasTcp)
                return (udp, null);
            var tcp = new TcpListener((IPEndPoint)udp.Client.LocalEndPoint!);
            try
            {
                tcp.Start();
                return (udp, tcp);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveAsync(_stop.Token);
                var query = new Query(received.Buffer, received.RemoteEndPoint);
                Asked.Enqueue(query);
                foreach (var packet in _answer(query))
                    await _udp.SendAsync(packet, received.RemoteEndPoint, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // It ends.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (_tcp is not null)
            {
                using var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(message, _stop.Token);
                var query = new Query(message, From: null);
                Asked.Enqueue(query);
                foreach (var packet in _answer(query))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)packet.Length);
                    await stream.WriteAsync((byte[])[.. length, .. packet], _stop.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException or InvalidOperationException)
        {
            // It ends.
        }
    }

    /// <summary>A question as it came, and answers to it.</summary>
    internal sealed record Query(byte[] Raw, IPEndPoint? From)
    {
        public bool IsTcp => From is null;

        public bool HasEdns => Raw[11] == 1;

        public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Raw);

        public bool IsForIPv6 => Raw[QuestionEnd - 3] == 28;

        private int QuestionEnd => Array.IndexOf(Raw, (byte)0, 12) + 5;

        public byte[] Question => Raw[12..QuestionEnd];

        public byte[] Reply(params byte[][] records) => Reply(code: 0, truncated: false, records);

        public byte[] Reply(int code, bool truncated, params byte[][] records) =>
        [
            Raw[0], Raw[1], (byte)(truncated ? 0x83 : 0x81), (byte)(0x80 | code), 0, 1, (byte)(records.Length >> 8), (byte)records.Length, 0, 0, 0, 0, .. Question, .. records.SelectMany(record => record),
        ];

        /// <summary>Adds an address: of the name in the question or another one, of the Internet class or another one.</summary>
        public static byte[] Address(string address, string? owner = null, byte kind = 1)
        {
            var bytes = IPAddress.Parse(address).GetAddressBytes();
            return [.. Name(owner), 0, (byte)(bytes.Length == 4 ? 1 : 28), 0, kind, 0, 0, 0, 60, 0, (byte)bytes.Length, .. bytes];
        }

        public static byte[] Alias(string? owner, string name)
        {
            var bytes = Name(name);
            return [.. Name(owner), 0, 5, 0, 1, 0, 0, 0, 60, 0, (byte)bytes.Length, .. bytes];
        }

        /// <summary>Adds a name, or a pointer to that of the question when it is null.</summary>
        private static byte[] Name(string? name) =>
            name is null ? [0xc0, 12] : [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
    }
}
