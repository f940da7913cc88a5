using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>The operations on the peers of a run. Thread-safe.</summary>
internal sealed class PeerControl(ConnectionManager manager, int defaultPort)
{
    public IEnumerable<IControlHandler> Handlers =>
    [
        PeerVerbs.List.Handle((_, call) => ListAsync(call.Aborted)),
        PeerVerbs.Connect.HandleOne((arguments, call) => ConnectAsync(arguments, call.Aborted)),
        PeerVerbs.Disconnect.Handle((arguments, call) => DisconnectAsync(Select(arguments.Peer), call.Aborted)),
        PeerVerbs.Remove.Handle((arguments, call) => RemoveAsync(Select(arguments.Peer), call.Aborted)),
        PeerVerbs.SetTarget.HandleOne((arguments, call) => SetTargetAsync(arguments.Target, call.Aborted)),
    ];

    private async IAsyncEnumerable<PeerItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var peer in PeerItems.From(await manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false)))
            yield return peer;
    }

    /// <summary>Connects to one more peer, and waits for the outcome of the first attempt.</summary>
    /// <exception cref="ToolException">The address is not valid.</exception>
    public async Task<ConnectItem> ConnectAsync(ConnectArguments arguments, CancellationToken cancellationToken)
    {
        var host = HostAndPort.ParseRemote(arguments.Address, out var error)
            ?? throw new ToolException($"'{SafeText.Line(arguments.Address)}' is not HOST[:PORT]: {error}.");
        var request = manager.Connect(host.ToEndPoint(defaultPort), arguments.Permanent);
        var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new ConnectItem
        {
            Id = request.Id,
            Address = AddressText.Format(request.EndPoint),
            Kind = Names.Get(request.Kind),
            Connected = outcome.Succeeded,
            Phase = Names.Get(outcome.Phase),
            Cause = Names.Get(outcome.Cause),
            Milliseconds = Math.Round(outcome.Duration.TotalMilliseconds, 3),
            Message = outcome.Exception is { } exception ? SafeText.Line(exception.Message) : null,
        };
    }

    /// <summary>Ends the connections of peers. A permanent peer is dialled again, an automatic one is replaced.</summary>
    /// <returns>The peers that were still there.</returns>
    /// <exception cref="ToolException">There is no such peer.</exception>
    public IAsyncEnumerable<PeerItem> DisconnectAsync(PeerSelector peers, CancellationToken cancellationToken) =>
        EndAsync(peers, (id, token) => manager.DisconnectAsync(id, triggerReconnect: false, token), cancellationToken);

    /// <summary>Ends peers for good.</summary>
    /// <returns>The peers that were still there.</returns>
    /// <exception cref="ToolException">There is no such peer.</exception>
    public IAsyncEnumerable<PeerItem> RemoveAsync(PeerSelector peers, CancellationToken cancellationToken) =>
        EndAsync(peers, manager.RemoveAsync, cancellationToken);

    private static PeerSelector Select(string text) =>
        PeerSelector.Parse(text, out var error) ?? throw new ToolException($"'{SafeText.Line(text)}' is not a peer: {error}.");

    private async IAsyncEnumerable<PeerItem> EndAsync(
        PeerSelector peers, Func<long, CancellationToken, Task<bool>> end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var snapshot = await manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var ended = 0;
        foreach (var peer in PeerItems.From(snapshot).Where(peers.Selects))
        {
            if (!await end(peer.Id, cancellationToken).ConfigureAwait(false))
                continue;
            ended++;
            yield return peer;
        }

        if (ended == 0)
            throw new ToolException($"there is no peer '{SafeText.Line(peers.ToString())}': 'connmgr peers list' shows all peers.");
    }

    /// <summary>Changes the number of automatic peers.</summary>
    /// <exception cref="ToolException">The number is out of range, or the run has groups or no source of addresses.</exception>
    public async Task<TargetItem> SetTargetAsync(int target, CancellationToken cancellationToken)
    {
        if (target is < 0 or > RunOptions.MaxTarget)
            throw new ToolException($"the target is {target}: use a whole number from 0 to {RunOptions.MaxTarget}.");
        var before = await manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        if (target > 0 && !before.HasAddressSource)
            throw new ToolException("the run has no source of addresses for automatic peers: name peers by 'connmgr peers connect HOST --permanent'.");
        if (!GroupItem.FindNamed(before).IsEmpty)
            throw new ToolException("the run has groups of peers, which have the targets: change --group in its configuration, and reload it.");
        await manager.SetTargetOutboundAsync(target, cancellationToken).ConfigureAwait(false);
        return new TargetItem(target, before.TargetOutbound);
    }
}
