using System.Net;
using System.Text.Json.Serialization;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// A connection to a peer, from its handshake to its end. It ends at the first of: its handler's task ends, <see cref="Close(string)"/>, a
/// call of the manager that ends it. <see cref="Closing"/> is cancelled then, and the stream disposed.
/// <para>Thread safety: every member may be used from any thread, the stream as its own type allows.</para>
/// </summary>
public sealed partial class Connection
{
    private readonly ManagerContext _context;

    /// <summary>The stream; null before the dial succeeds. Set under the lock, read from any thread.</summary>
    private Stream? _stream;

    internal Connection(ManagerContext context, Link link)
    {
        _context = context;
        Link = link;
        link.Handle = this;
    }

    /// <summary>
    /// The id: that of the <see cref="Request"/> of an outbound connection, its own for an inbound one. Both come from one sequence,
    /// and both are understood by <see cref="ConnectionManager.DisconnectAsync"/> and <see cref="ConnectionManager.RemoveAsync"/>.
    /// </summary>
    public long Id => Link.Request.Id;

    /// <summary>Who opened it.</summary>
    public ConnectionDirection Direction => Kind == ConnectionKind.Inbound ? ConnectionDirection.Inbound : ConnectionDirection.Outbound;

    /// <summary>What it is for.</summary>
    public ConnectionKind Kind => Link.Request.Kind;

    /// <summary>The request it belongs to; null for an inbound connection.</summary>
    [JsonIgnore]
    public ConnectionRequest? Request => Link.Request.Handle as ConnectionRequest;

    /// <summary>
    /// The peer's address: what the stream tells (<see cref="IStreamEndPoints"/>), else the address dialled. Null for an inbound connection
    /// of unknown origin.
    /// </summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint? RemoteEndPoint { get; private set; }

    /// <summary>Our address, when the stream tells it.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint? LocalEndPoint { get; private set; }

    /// <summary>
    /// The stream to the peer, as the dialler or listener gave it, or as the handshake replaced it. It belongs to the manager: it is
    /// disposed when the connection ends.
    /// </summary>
    [JsonIgnore]
    public Stream Stream => _stream ?? throw new InvalidOperationException("The connection has no stream yet.");

    /// <summary>
    /// What the peer of an inbound connection may do, by its address (<see cref="InboundLimits.Allowed"/>) and its listener
    /// (<see cref="ListenerProfile.Permissions"/>). None for an outbound one.
    /// </summary>
    public ConnectionPermissions Permissions => Link.Permissions;

    /// <summary>
    /// Whether Tor's onion services lie between: an outbound connection to an .onion name, or an inbound one from a listener of an onion
    /// service (<see cref="ListenerProfile.IsOnion"/>). The latter's remote address is that of our own Tor, mostly 127.0.0.1: it says
    /// nothing of the peer, and is no reason to trust it.
    /// </summary>
    public bool IsOnion => Direction == ConnectionDirection.Inbound
        ? Link.Facts is { Network: AddressNetwork.TorV3 }
        : RemoteEndPoint is DnsEndPoint name && OverlayName.IsOnion(name.Host);

    /// <summary>
    /// Gets whether the remote address says where the peer is: not of one that came through an onion service, and not of one that came from
    /// the local address it arrived at, by a program here that passes connections on.
    /// </summary>
    internal bool HasAddressOfPeer => Direction == ConnectionDirection.Outbound
        || !(IsOnion || (RemoteEndPoint is IPEndPoint remote && LocalEndPoint is IPEndPoint local && remote.Address.Equals(local.Address)));

    /// <summary>Anything that the handshake learnt or the handler keeps. The Bitcoin handshake puts its peer here. Not used by the manager.</summary>
    [JsonIgnore]
    public object? Session { get; set; }

    /// <summary>Cancelled when the connection ends.</summary>
    [JsonIgnore]
    public CancellationToken Closing => _closing.Token;

    /// <summary>
    /// Completes with the reason once the connection has ended and its stream is disposed, also when its handshake failed. Never faults. To
    /// be awaited in a handler by those who come from Go, where a callback may return while the connection goes on.
    /// </summary>
    [JsonIgnore]
    public Task<DisconnectReason> Closed
    {
        get
        {
            lock (Link)
            {
                if (_closed is null)
                {
                    _closed = new(_context.TaskOptions);
                    if (_isClosed)
                        _closed.SetResult(Reason!);
                }

                return _closed.Task;
            }
        }
    }

    /// <summary>
    /// The connection as the rules know it. Also the lock of the stream and the end: nothing else locks a link, and an object for that
    /// alone would take 40 bytes for each connection.
    /// </summary>
    internal Link Link { get; }

    /// <summary>Ends the connection. Any call after the first has no effect. Does not wait for the end: await <see cref="Closed"/> for that.</summary>
    /// <param name="detail">
    /// Why, in a few words; part of the reason. During the handshake this is a judgement of the peer: the attempt fails with
    /// <see cref="ConnectFailureCause.Protocol"/>.
    /// </param>
    public void Close(string detail) => PostClose(new DisconnectReason(DisconnectCause.Closed, detail));

    /// <summary>Ends the connection, as <see cref="Close(string)"/>.</summary>
    public void Close() => PostClose(DisconnectReason.Of(DisconnectCause.Closed));

    /// <summary>
    /// Ends the connection because of what the handler learnt of the peer; otherwise as <see cref="Close(string)"/>. Instead, a handler may throw
    /// a <see cref="DisconnectedException"/>.
    /// </summary>
    /// <param name="cause">
    /// <see cref="DisconnectCause.PeerClosed"/>, <see cref="DisconnectCause.Reset"/>, <see cref="DisconnectCause.PingTimeout"/>,
    /// <see cref="DisconnectCause.SendTimeout"/> or <see cref="DisconnectCause.ProtocolViolation"/>.
    /// </param>
    /// <param name="detail">Why, in a few words; null when the cause says it all.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cause is another one: those are the manager's to give.</exception>
    public void Close(DisconnectCause cause, string? detail = null) =>
        PostClose(new DisconnectReason(DisconnectReason.RequirePeers(cause), detail));

    /// <summary>
    /// Replaces <see cref="Stream"/> by one that wraps it (TLS, an encrypted transport). For the handshake alone. The manager disposes the
    /// new stream only, which must dispose the one it wraps.
    /// </summary>
    /// <param name="stream">The new stream.</param>
    /// <exception cref="InvalidOperationException">The handshake is over.</exception>
    public void ReplaceStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!TryReplaceStream(stream))
            throw new InvalidOperationException("The stream can only be replaced during the handshake of an open connection.");
    }

    /// <summary>The kind, the peer and the id.</summary>
    /// <returns>For example <c>Automatic 1.2.3.4:8333 (5)</c>.</returns>
    public override string ToString() => $"{Kind} {EndPointText.Of(RemoteEndPoint)} ({Id})";

    private void PostClose(DisconnectReason reason) => _context.Post(
        static (inputs, connection, reason, now) => inputs.OnClose((Connection)connection!, (DisconnectReason)reason!, now), this, reason);
}
