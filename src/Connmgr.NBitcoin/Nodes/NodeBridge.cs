using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>
/// Joins a peer to a Node of NBitcoin, by a loopback connection: plays the peer's part of the handshake, passes messages both ways, one at a
/// time, and ends each side with the other.
/// </summary>
internal sealed class NodeBridge : IMessageTap
{
    private static readonly MessageCommand[] OfTheHandshake =
        [MessageCommand.Version, MessageCommand.Verack, MessageCommand.SendAddrV2, MessageCommand.WtxidRelay];

    private readonly BitcoinPeer _peer;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously); // True: messages may pass; false: it failed.
    private NetworkStream? _stream;
    private FrameReader? _reader;
    private FrameWriter? _writer;
    private Node? _node;
    private Task _passing = Task.CompletedTask; // Passes the Node's messages to the peer.

    private NodeBridge(BitcoinPeer peer) => _peer = peer;

    /// <summary>Creates a Node, and leaves it in the state HandShaked.</summary>
    public static async Task<Node> ConnectAsync(
        BitcoinPeer peer, Network network, NodeConnectionParameters parameters, CancellationToken cancellationToken)
    {
        var bridge = new NodeBridge(peer);
        peer.Tap.Add(bridge); // From here on the peer's end ends the bridge.
        using var canceled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, bridge._lifetime.Token);
        try
        {
            var node = await bridge.OpenAsync(network, parameters, canceled.Token).ConfigureAwait(false);
            bridge._opened.SetResult(true);
            return node;
        }
        catch (Exception exception)
        {
            bridge._opened.SetResult(false);
            if (peer.Tap.TryRemove())
                await bridge.OnEndAsync(new(DisconnectCause.Closed, exception.Message, exception)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw bridge._lifetime.IsCancellationRequested
                ? new IOException("The connection has ended, so it has no Node.", exception)
                : new IOException($"NBitcoin's Node could not be connected: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask OnMessageAsync(BitcoinMessage message, CancellationToken cancellationToken)
    {
        if (!await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false))
            return;

        try
        {
            await _writer!.WriteAsync(message.Command, message.Payload, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The Node has disconnected. PassAsync, which reads its end, ends the peer with the Node's reason.
        }
    }

    /// <inheritdoc/>
    public async Task OnEndAsync(DisconnectReason reason)
    {
        await _lifetime.CancelAsync().ConfigureAwait(false);
        await _opened.Task.ConfigureAwait(false);
        _node?.DisconnectAsync(reason.ToString(), reason.Exception);
        await _passing.ConfigureAwait(false);
        if (_writer is not null)
            await _writer.DetachedWrites.ConfigureAwait(false);
        _reader?.Dispose();
        if (_stream is not null)
            await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<Node> OpenAsync(Network network, NodeConnectionParameters parameters, CancellationToken cancellationToken)
    {
        var connector = new LoopbackConnector();
        try
        {
            _node = await Node.ConnectAsync(network, GetEndPoint(_peer), WithConnector(parameters, connector, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            if (connector.TakeAccepted() is { } accepted)
            {
                accepted.NoDelay = true;
                _stream = new NetworkStream(accepted, ownsSocket: true);
            }
        }

        _reader = new FrameReader(_stream!, _peer.Chain);
        _writer = new FrameWriter(_stream!, _peer.Chain, lifetime: _lifetime.Token);
        await ShakeHandsAsync(_node, cancellationToken).ConfigureAwait(false);
        if (_node.State != NodeState.HandShaked)
            throw new InvalidOperationException($"it is {_node.State}, {_node.DisconnectReason?.Reason}");

        _passing = PassAsync();
        return _node;
    }

    private async Task ShakeHandsAsync(Node node, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answering = AnswerHandshakeAsync(failed.Token);
        try
        {
            await node.VersionHandshakeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await answering.ConfigureAwait(false);
    }

    /// <summary>Answers the Node's version message as the peer answered this library's.</summary>
    private async Task AnswerHandshakeAsync(CancellationToken cancellationToken)
    {
        while (await _reader!.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            if (message.Command != MessageCommand.Version)
                continue;

            await _writer!.WriteAsync(MessageCommand.Version, _peer.Version.Encode(), cancellationToken).ConfigureAwait(false);
            if (_peer.WantsAddrV2)
                await _writer.WriteAsync(MessageCommand.SendAddrV2, default, cancellationToken).ConfigureAwait(false);
            await _writer.WriteAsync(MessageCommand.Verack, default, cancellationToken).ConfigureAwait(false);
            return;
        }

        throw new EndOfStreamException("The node disconnected during its handshake.");
    }

    /// <summary>Passes the Node's messages to the peer, one after the other, until either ends; then ends the peer. Never throws.</summary>
    private async Task PassAsync()
    {
        Exception? failure = null;
        try
        {
            while (await _reader!.ReadAsync(_lifetime.Token).ConfigureAwait(false) is { } message)
            {
                if (!OfTheHandshake.Contains(message.Command))
                    await _peer.SendAsync(message.Command, message.Payload, _lifetime.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        if (!_lifetime.IsCancellationRequested)
            _peer.Close($"NBitcoin's node was disconnected: {await GetReasonAsync().ConfigureAwait(false) ?? failure?.Message}");
    }

    /// <summary>Gets the reason for the Node's end. NBitcoin sets it after it has closed the socket.</summary>
    private async ValueTask<string?> GetReasonAsync()
    {
        for (var i = 0; i < 100 && _node!.DisconnectReason is null; i++)
            await Task.Yield();
        return _node!.DisconnectReason?.Reason;
    }

    /// <summary>
    /// Gets the endpoint that the Node shows as its peer's. Another kind of endpoint than these is replaced by that of the loopback
    /// connection.
    /// </summary>
    private static EndPoint GetEndPoint(BitcoinPeer peer) =>
        peer.RemoteEndPoint is IPEndPoint or DnsEndPoint ? peer.RemoteEndPoint : new IPEndPoint(IPAddress.Loopback, peer.Chain.DefaultPort);

    private static NodeConnectionParameters WithConnector(
        NodeConnectionParameters parameters, LoopbackConnector connector, CancellationToken cancellationToken)
    {
        var copy = parameters.Clone();
        copy.EndpointConnector = connector;
        copy.ConnectCancellation = cancellationToken;

        // The Node clones its behaviors itself, once.
        copy.TemplateBehaviors.Clear();
        foreach (var behavior in parameters.TemplateBehaviors)
            copy.TemplateBehaviors.Add(behavior);
        return copy;
    }
}
