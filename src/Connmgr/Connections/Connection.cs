using System.Net;
using System.Text.Json.Serialization;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// A connection to a peer, from its handshake to its end. It ends when its handler's task ends, when <see cref="Close(string)"/> is called, or when the manager ends it. Then <see cref="ClosingToken"/> is cancelled and the stream disposed.
/// <para>Thread safety: all members may be used from any thread; the stream as its type allows.</para>
/// </summary>
public sealed partial class Connection
{
    private readonly ManagerContext _context;

    /// <summary>The traits of the peer. Guarded by the lock.</summary>
    private UInt128 _traits;

    /// <summary>The stream; null before the dial succeeds. Set under the lock, read from any thread.</summary>
    private Stream? _stream;

    internal Connection(ManagerContext context, Link link)
    {
        _context = context;
        Link = link;
        link.Handle = this;
    }

    /// <summary>
    /// The id: that of the <see cref="Request"/> of an outbound connection, a separate one for an inbound connection. Both come from one
    /// sequence, and both are accepted by <see cref="ConnectionManager.DisconnectAsync"/> and <see cref="ConnectionManager.RemoveAsync"/>.
    /// </summary>
    public long Id => Link.Request.Id;

    /// <summary>The side that opened it.</summary>
    public ConnectionDirection Direction => Kind == ConnectionKind.Inbound ? ConnectionDirection.Inbound : ConnectionDirection.Outbound;

    /// <summary>The kind of connection. A trial becomes automatic when it is promoted.</summary>
    public ConnectionKind Kind => Link.Request.Kind;

    /// <summary>The request it belongs to; null for an inbound connection.</summary>
    [JsonIgnore]
    public ConnectionRequest? Request => Link.Request.Handle as ConnectionRequest;

    /// <summary>
    /// The peer's address: the one that the stream gives (<see cref="IStreamEndPoints"/>), or else the dialled address. Null for an inbound
    /// connection of unknown origin.
    /// </summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? RemoteEndPoint { get; private set; }

    /// <summary>The local address; null if the stream does not provide it.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? LocalEndPoint { get; private set; }

    /// <summary>
    /// The stream to the peer, from the dialer or listener, or the one with which the handshake replaced it. It belongs to the manager,
    /// which disposes it when the connection ends.
    /// </summary>
    [JsonIgnore]
    public Stream Stream => _stream ?? throw new InvalidOperationException("The connection has no stream yet.");

    /// <summary>
    /// The permissions of an inbound peer, by its address (<see cref="InboundLimits.AllowList"/>) and its listener
    /// (<see cref="ListenerProfile.Permissions"/>). None for an outbound one.
    /// </summary>
    public ConnectionPermissions Permissions => Link.Permissions;

    /// <summary>
    /// True when the connection goes through a Tor onion service: an outbound one to an .onion name, or an inbound one from a listener of
    /// an onion service (<see cref="ListenerProfile.IsOnion"/>). The remote address of the latter is that of the local Tor, usually
    /// 127.0.0.1: it does not identify the peer and is no reason to trust it.
    /// </summary>
    public bool IsOnion => Direction == ConnectionDirection.Inbound
        ? Link.Facts is { Network: AddressNetwork.TorV3 }
        : RemoteEndPoint is DnsEndPoint name && OverlayName.IsOnion(name.Host);

    /// <summary>
    /// True when the remote address stands for the peer's host. False for a connection through an onion service, for an inbound one of I2P,
    /// where a host has as many addresses as it likes, and for one whose remote address equals its local address, because a program on this
    /// machine forwards connections.
    /// </summary>
    internal bool HasAddressOfPeer => Direction == ConnectionDirection.Outbound
        || !(IsOnion || Link.Facts is { Network: AddressNetwork.I2P } || (RemoteEndPoint is IPEndPoint remote && LocalEndPoint is IPEndPoint local && remote.Address.Equals(local.Address)));

    /// <summary>
    /// The profile of an automatic connection or a trial, fixed before its handshake: that of the group that it was dialled for
    /// (<see cref="OutboundGroup.Profile"/>), or the argument of <see cref="ConnectionManager.ConnectTrial"/>. Empty for any other connection.
    /// </summary>
    public string Profile => Link.Profile;

    /// <summary>
    /// The name of the group that an established automatic connection is in; null for any other connection, and before and after that. It
    /// changes when the connection moves to another group.
    /// </summary>
    public string? Group => Link.Group?.Name;

    /// <summary>The traits of the peer, as <see cref="SetTraits"/> set them; 0 before.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public UInt128 Traits
    {
        get
        {
            lock (Link)
                return _traits;
        }
    }

    /// <summary>
    /// The state that the handshake or the handler keeps with the connection. The Bitcoin handshake puts its peer here. Not used by the
    /// manager.
    /// </summary>
    [JsonIgnore]
    public object? UserState { get; set; }

    /// <summary>A token that is cancelled when the connection ends.</summary>
    [JsonIgnore]
    public CancellationToken ClosingToken => _closing.Token;

    /// <summary>
    /// A task that completes with the reason once the connection has ended and its stream is disposed, also when its handshake failed.
    /// Never faults. Await it in a handler that would otherwise return while the connection is still in use.
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
    /// The connection as the rules know it. Also the lock of the stream and the end: nothing else locks a link, and a separate lock object
    /// would take 40 bytes per connection.
    /// </summary>
    internal Link Link { get; }

    /// <summary>
    /// Ends the connection. Any call after the first has no effect. Does not wait for the end: await <see cref="Closed"/> for that.
    /// </summary>
    /// <param name="detail">
    /// The cause in a few words; part of the reason. During the handshake this is a judgement of the peer: the attempt fails with
    /// <see cref="ConnectFailureCause.ProtocolViolation"/>.
    /// </param>
    public void Close(string detail) => PostClose(new DisconnectReason(DisconnectCause.Closed, detail));

    /// <summary>Ends the connection, as <see cref="Close(string)"/>.</summary>
    public void Close() => PostClose(DisconnectReason.FromCause(DisconnectCause.Closed));

    /// <summary>
    /// Ends the connection for a cause that the handler found in the peer; otherwise as <see cref="Close(string)"/>. A handler may throw a
    /// <see cref="DisconnectedException"/> instead.
    /// </summary>
    /// <param name="cause">
    /// <see cref="DisconnectCause.PeerClosed"/>, <see cref="DisconnectCause.Reset"/>, <see cref="DisconnectCause.PingTimeout"/>,
    /// <see cref="DisconnectCause.SendTimeout"/> or <see cref="DisconnectCause.ProtocolViolation"/>.
    /// </param>
    /// <param name="detail">The details in a few words; null if the cause suffices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cause is one that only the manager may use.</exception>
    public void Close(DisconnectCause cause, string? detail = null) =>
        PostClose(new DisconnectReason(DisconnectReason.RequirePeers(cause), detail));

    /// <summary>Ends the connection because its peer does not answer after a change of the machine's network.</summary>
    internal void CloseAfterNetworkChange(string detail) => PostClose(new DisconnectReason(DisconnectCause.NetworkChanged, detail));

    /// <summary>
    /// Replaces <see cref="Stream"/> by one that wraps it (TLS, an encrypted transport), or by another one to the same peer. For the handshake
    /// only. The manager disposes only the new stream: it must dispose the one it wraps, and the caller the one that is no longer used.
    /// </summary>
    /// <param name="stream">The new stream.</param>
    /// <exception cref="InvalidOperationException">The handshake is over.</exception>
    public void ReplaceStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!TryReplaceStream(stream))
            throw new InvalidOperationException("The stream can only be replaced during the handshake of an open connection.");
    }

    /// <summary>
    /// Sets the traits of the peer, which decide the group of an automatic connection (<see cref="OutboundGroup.Traits"/>). For the
    /// handshake, which knows the peer; a later call moves the connection to another group, or ends it with
    /// <see cref="DisconnectCause.Unsuited"/> if no vacant one takes it.
    /// </summary>
    /// <param name="traits">The traits, one bit each.</param>
    public void SetTraits(UInt128 traits)
    {
        lock (Link)
        {
            if (_traits == traits)
                return;
            _traits = traits;
            if (_isStreamReplaceable)
                return; // The end of the handshake takes them along.
        }

        _context.Post(static (inputs, connection, _, now) => inputs.OnTraits((Connection)connection!, now), this);
    }

    /// <summary>Returns the kind, the peer and the id.</summary>
    /// <returns>For example <c>Automatic 1.2.3.4:8333 (5)</c>.</returns>
    public override string ToString() => $"{Kind} {EndPointText.Format(RemoteEndPoint)} ({Id})";

    private void PostClose(DisconnectReason reason) => _context.Post(
        static (inputs, connection, reason, now) => inputs.OnClose((Connection)connection!, (DisconnectReason)reason!, now), this, reason);
}
