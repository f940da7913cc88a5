using System.Net.Sockets;

namespace Connmgr.Testing;

/// <summary>The exceptions of a connection, of the types that a <see cref="NetworkStream"/> throws.</summary>
internal static class LinkErrors
{
    public static IOException Reset() => Make(SocketError.ConnectionReset, "The connection was reset.");

    public static IOException PeerClosed() =>
        Make(SocketError.ConnectionReset, "The peer closed the connection: nothing more can be written to it.");

    public static IOException Aborted() => Make(SocketError.ConnectionAborted, "The connection was closed by its host.");

    public static IOException OperationAborted() => Make(SocketError.OperationAborted, "The stream was disposed during the operation.");

    public static ObjectDisposedException Disposed() => new(nameof(MemoryNetworkStream));

    public static InvalidOperationException Busy(string operation) =>
        new($"A {operation} is already under way on this stream. Await it before the next one: one reader and one writer at a time.");

    private static IOException Make(SocketError error, string message) => new(message, new SocketException((int)error));
}
