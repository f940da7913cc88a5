using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Connmgr;

/// <summary>
/// The client's side of SOCKS5 (RFC 1928), with user name and password (RFC 1929), on any stream. Reads exactly the bytes of each
/// message, so that whatever follows a granted request stays in the stream. Faults of the proxy are data; exceptions are the stream's own.
/// </summary>
internal static class Socks5Protocol
{
    /// <summary>The longest host name that a request can carry, in bytes.</summary>
    public const int MaxHostLength = byte.MaxValue;

    /// <summary>Connect to a host.</summary>
    public const byte ConnectCommand = 1;

    /// <summary>Tor's extension: look a host name up.</summary>
    public const byte ResolveCommand = 0xF0;

    /// <summary>Tor's extension: look the name of an address up.</summary>
    public const byte ReverseResolveCommand = 0xF1;

    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte UserNamePassword = 2;
    private const byte UserNamePasswordVersion = 1;
    private const byte Granted = 0;
    private const byte IPv4Type = 1;
    private const byte HostNameType = 3;
    private const byte IPv6Type = 4;
    private const int PortLength = 2;

    /// <summary>Greets the proxy and authenticates.</summary>
    /// <param name="stream">A new connection to the proxy.</param>
    /// <param name="credentials">User name and password; null: none are offered.</param>
    /// <param name="isOptional">
    /// True to let the proxy do without the credentials. Otherwise only they are offered, so that the proxy cannot skip them quietly.
    /// </param>
    /// <param name="cancellationToken">Ends the exchange; the stream is then of no further use.</param>
    /// <returns>The fault, or none.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Socks5Fault> AuthenticateAsync(
        Stream stream,
        ProxyCredentials? credentials,
        bool isOptional,
        CancellationToken cancellationToken)
    {
        byte[] greeting = credentials is null ? [Version, 1, NoAuthentication]
            : isOptional ? [Version, 2, NoAuthentication, UserNamePassword]
            : [Version, 1, UserNamePassword];
        await SendAsync(stream, greeting, greeting.Length, cancellationToken).ConfigureAwait(false);

        var answer = new byte[2];
        if (!await ReadAsync(stream, answer, answer.Length, cancellationToken).ConfigureAwait(false) || answer[0] != Version)
            return Socks5Fault.InvalidReply;
        if (!greeting.AsSpan(2).Contains(answer[1]))
            return Socks5Fault.MethodRefused;
        if (answer[1] == NoAuthentication)
            return Socks5Fault.None;

        var message = new byte[3 + (2 * byte.MaxValue)];
        await SendAsync(stream, message, WriteCredentials(message, credentials!), cancellationToken).ConfigureAwait(false);
        if (!await ReadAsync(stream, answer, answer.Length, cancellationToken).ConfigureAwait(false) || answer[0] != UserNamePasswordVersion)
            return Socks5Fault.InvalidReply;

        return answer[1] == 0 ? Socks5Fault.None : Socks5Fault.CredentialsRefused;
    }

    /// <summary>Sends one request for a host name, on a stream past authentication, and reads the reply.</summary>
    /// <param name="stream">The connection to the proxy.</param>
    /// <param name="command">The command.</param>
    /// <param name="host">The name: ASCII, 1 to <see cref="MaxHostLength"/> characters.</param>
    /// <param name="port">The port, 0 for commands that need none.</param>
    /// <param name="cancellationToken">Ends the exchange; the stream is then of no further use.</param>
    /// <returns>The outcome.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Socks5Reply> RequestAsync(
        Stream stream,
        byte command,
        string host,
        ushort port,
        CancellationToken cancellationToken)
    {
        // Long enough for the request and for an IP address of a reply.
        var buffer = new byte[Math.Max(5 + host.Length, 16) + PortLength];
        await SendAsync(stream, buffer, WriteRequest(buffer, command, host, port), cancellationToken).ConfigureAwait(false);
        return await ReadReplyAsync(stream, buffer, cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Socks5Reply> ReadReplyAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        if (!await ReadAsync(stream, buffer, 4, cancellationToken).ConfigureAwait(false) || buffer[0] != Version)
            return new Socks5Reply(Socks5Fault.InvalidReply);

        // The address of a refusal means nothing, and some proxies close without sending it: the status alone is what counts.
        var status = buffer[1];
        if (status != Granted)
            return new Socks5Reply(Socks5Fault.RequestRefused, status);

        var type = buffer[3];
        int? length = type switch { IPv4Type => 4, IPv6Type => 16, _ => null };
        if (type == HostNameType && await ReadAsync(stream, buffer, 1, cancellationToken).ConfigureAwait(false))
        {
            length = buffer[0];
            if (length + PortLength > buffer.Length)
                buffer = new byte[MaxHostLength + PortLength];
        }

        if (length is not { } known || !await ReadAsync(stream, buffer, known + PortLength, cancellationToken).ConfigureAwait(false))
            return new Socks5Reply(Socks5Fault.InvalidAddress, status);

        var address = buffer.AsSpan(0, known);
        var port = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(known));
        return type == HostNameType
            ? new Socks5Reply(Socks5Fault.None, status, HostName: Encoding.Latin1.GetString(address), Port: port)
            : new Socks5Reply(Socks5Fault.None, status, new IPAddress(address), Port: port);
    }

    private static int WriteRequest(byte[] buffer, byte command, string host, ushort port)
    {
        Debug.Assert(host.Length is > 0 and <= MaxHostLength && Ascii.IsValid(host), "The caller checks the name.");

        buffer[0] = Version;
        buffer[1] = command;
        buffer[2] = 0;
        buffer[3] = HostNameType;
        var end = WriteText(buffer, 4, host);
        BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(end), port);
        return end + PortLength;
    }

    private static int WriteCredentials(byte[] buffer, ProxyCredentials credentials)
    {
        buffer[0] = UserNamePasswordVersion;
        return WriteText(buffer, WriteText(buffer, 1, credentials.UserName), credentials.Password);
    }

    // One byte of length, then the text; returns where it ends.
    private static int WriteText(byte[] buffer, int start, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, buffer.AsSpan(start + 1));
        buffer[start] = (byte)length;
        return start + 1 + length;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask SendAsync(Stream stream, byte[] buffer, int length, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    // False when the stream ends first.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> ReadAsync(Stream stream, byte[] buffer, int length, CancellationToken cancellationToken)
    {
        for (var filled = 0; filled < length;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(filled, length - filled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return false;
            filled += read;
        }

        return true;
    }
}
