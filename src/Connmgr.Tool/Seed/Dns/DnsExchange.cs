using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Connmgr.Tool;

/// <summary>
/// Asks a name server one question. It uses UDP, with retries at growing intervals from one socket, so that an answer counts whenever it
/// arrives. It alternates between EDNS and no EDNS, because some servers and middleboxes drop or refuse EDNS. It ignores packets that do
/// not answer the question (RFC 5452, 9.1): the id is random, and the system chooses the port. It uses TCP when the answer is truncated.
/// </summary>
/// <param name="server">The name server.</param>
/// <param name="timeProvider">The clock of the intervals.</param>
internal sealed class DnsExchange(IPEndPoint server, TimeProvider timeProvider)
{
    /// <summary>The most bytes of a packet: more than requested, because some servers send more.</summary>
    private const int MaxPacketLength = 4096;

    /// <summary>The most packets that do not answer the question. After them, the server counts as flooding.</summary>
    private const int MaxStrayPackets = 10_000;

    private const int MaxStrayMessages = 16;

    /// <summary>The intervals between packets. After the last packet, it only waits.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8)];

    /// <summary>The timeout of TCP as a whole. Packets vanish where TCP is blocked.</summary>
    private static readonly TimeSpan TcpTimeout = TimeSpan.FromSeconds(8);

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Cancels the wait, which has no other end.</param>
    /// <returns>The answer, including an error.</returns>
    /// <exception cref="SocketException">The server can't be reached, or floods this client.</exception>
    public async Task<DnsAnswer> AskAsync(DnsQuestion question, CancellationToken cancellationToken)
    {
        var answer = await AskByUdpAsync(question, cancellationToken).ConfigureAwait(false);
        return answer.IsTruncated ? await AskByTcpAsync(question, answer, cancellationToken).ConfigureAwait(false) : answer;
    }

    private async Task<DnsAnswer> AskByUdpAsync(DnsQuestion question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false); // The socket then ignores packets from other addresses.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var conversation = new Conversation(socket, question, NewId(), NewId());
        var (receiving, sending) = (conversation.ReceiveAsync(end.Token), RepeatAsync(conversation, end.Token));
        try
        {
            // The retries end by themselves only when they fail.
            var ended = await Task.WhenAny(receiving, sending).ConfigureAwait(false);
            return await ended.ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(receiving, sending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<DnsAnswer> RepeatAsync(Conversation conversation, CancellationToken cancellationToken)
    {
        await conversation.SendAsync(withEdns: true, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < Pauses.Length; i++)
        {
            await Task.Delay(Pauses[i], timeProvider, cancellationToken).ConfigureAwait(false);
            await conversation.SendAsync(withEdns: i % 2 != 0, cancellationToken).ConfigureAwait(false);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, timeProvider, cancellationToken).ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken); // Unreachable.
    }

    /// <summary>Gets the complete answer over TCP, or the one from UDP if that fails.</summary>
    private async Task<DnsAnswer> AskByTcpAsync(DnsQuestion question, DnsAnswer truncated, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(TcpTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(server, either.Token).ConfigureAwait(false);
            using var stream = new NetworkStream(socket);
            return await AskByTcpAsync(stream, question, either.Token).ConfigureAwait(false) is { IsDamaged: false, Code: DnsResultCode.NoError } answer ? answer : truncated;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is IOException or SocketException or OperationCanceledException)
        {
            return truncated;
        }
    }

    private static async Task<DnsAnswer?> AskByTcpAsync(NetworkStream stream, DnsQuestion question, CancellationToken cancellationToken)
    {
        var buffer = new byte[ushort.MaxValue];
        var id = NewId();
        var length = question.Write(buffer.AsSpan(2), id, hasEdns: false);
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
        await stream.WriteAsync(buffer.AsMemory(0, 2 + length), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < MaxStrayMessages; i++)
        {
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
            var message = buffer.AsMemory(0, BinaryPrimitives.ReadUInt16BigEndian(buffer));
            await stream.ReadExactlyAsync(message, cancellationToken).ConfigureAwait(false);
            if (DnsAnswer.Read(message.Span, question, id) is { } answer)
                return answer;
        }

        return null;
    }

    private static ushort NewId() => (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);

    /// <summary>
    /// The packets of one question. Those with EDNS have another id than those without, so that it is known which of them an answer belongs
    /// to.
    /// </summary>
    private sealed class Conversation(Socket socket, DnsQuestion question, ushort ednsId, ushort plainId)
    {
        private volatile bool _isEdnsRefused;

        public async Task SendAsync(bool withEdns, CancellationToken cancellationToken)
        {
            var packet = new byte[DnsQuestion.MaxLength];
            var hasEdns = withEdns && !_isEdnsRefused;
            var length = question.Write(packet, hasEdns ? ednsId : plainId, hasEdns);
            await socket.SendAsync(packet.AsMemory(0, length), SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }

        public async Task<DnsAnswer> ReceiveAsync(CancellationToken cancellationToken)
        {
            var packet = new byte[MaxPacketLength];
            for (var strays = 0; strays < MaxStrayPackets; strays++)
            {
                var length = await ReceiveAsync(packet, cancellationToken).ConfigureAwait(false);
                if (DnsAnswer.Read(packet.AsSpan(0, length), question, plainId) is { } plain)
                    return plain;
                if (DnsAnswer.Read(packet.AsSpan(0, length), question, ednsId) is not { } answer)
                    continue;
                if (!IsRefusalOfEdns(answer.Code))
                    return answer;
                if (_isEdnsRefused)
                    continue;
                _isEdnsRefused = true;
                await SendAsync(withEdns: false, cancellationToken).ConfigureAwait(false);
            }

            throw new SocketException((int)SocketError.NoRecovery, "it keeps sending packets that are not answers");
        }

        private async ValueTask<int> ReceiveAsync(byte[] packet, CancellationToken cancellationToken)
        {
            try
            {
                return await socket.ReceiveAsync(packet, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.MessageSize)
            {
                return 0; // Windows reports that a packet is too long; Linux truncates it.
            }
        }

        /// <summary>
        /// Determines whether a server refuses EDNS: RFC 6891, 7; SERVFAIL by RFC 2671, 5.3. If the code means something else, the question
        /// without EDNS gets it again.
        /// </summary>
        private static bool IsRefusalOfEdns(DnsResultCode code) =>
            code is DnsResultCode.FormatError or DnsResultCode.NotImplemented or DnsResultCode.ServerFailure or DnsResultCode.BadVersion;
    }
}
