using System.Net;

namespace Connmgr;

/// <summary>Stub.</summary>
public sealed class Connection
{
    internal Connection() { }
    /// <summary>The id of the request, or of the inbound connection; from one sequence.</summary>
    public long Id => throw new NotSupportedException();
    /// <summary>x</summary>
    public ConnectionDirection Direction => throw new NotSupportedException();
    /// <summary>x</summary>
    public ConnectionKind Kind => throw new NotSupportedException();
    /// <summary>x</summary>
    public EndPoint? RemoteEndPoint => throw new NotSupportedException();
    /// <summary>x</summary>
    public EndPoint? LocalEndPoint => throw new NotSupportedException();
    /// <summary>As the dialler or listener gave it.</summary>
    public Stream Stream => throw new NotSupportedException();
    /// <summary>What the handshake learnt; any object of the user's (the Bitcoin handshake puts its peer here).</summary>
    public object? Session { get; set; }
    /// <summary>Cancelled when the connection ends.</summary>
    public CancellationToken Closing => throw new NotSupportedException();
    /// <summary>Completes when the connection has ended; never faults.</summary>
    public Task<DisconnectReason> Closed => throw new NotSupportedException();
    /// <summary>Ends the connection; any number of times, from any thread.</summary>
    public void Close(string detail) => throw new NotSupportedException();
}
