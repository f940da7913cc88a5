using System.Runtime.CompilerServices;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The operations on the peers of a run. Thread-safe.</summary>
internal sealed class PeerControl(PeerNetwork network, int defaultPort)
{
    private readonly ConnectionManager _manager = network.Connections;

    public IEnumerable<IControlHandler> Handlers =>
    [
        PeerVerbs.List.Handle((_, call) => ListAsync(call.Aborted)),
        PeerVerbs.Connect.HandleOne((arguments, call) => ConnectAsync(arguments, call.Aborted)),
        PeerVerbs.Disconnect.Handle((arguments, call) => DisconnectAsync(Select(arguments.Peer), call.Aborted)),
        PeerVerbs.Remove.Handle((arguments, call) => RemoveAsync(Select(arguments.Peer), call.Aborted)),
        PeerVerbs.SetTarget.HandleOne((arguments, call) => SetTargetAsync(arguments.Target, call.Aborted)),
        PeerVerbs.Rotate.HandleOne((arguments, call) => RotateAsync(arguments, call.Aborted)),
        PeerVerbs.Broadcast.HandleOne((arguments, call) => BroadcastAsync(arguments, call.Aborted)),
    ];

    private async IAsyncEnumerable<PeerItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var peer in PeerItems.From(await _manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false), network.GetRating))
            yield return peer;
    }

    /// <summary>Connects to one more peer, and waits for the outcome of the first attempt.</summary>
    /// <exception cref="ToolException">The address is not valid.</exception>
    public async Task<ConnectItem> ConnectAsync(ConnectArguments arguments, CancellationToken cancellationToken)
    {
        var host = HostAndPort.ParseRemote(arguments.Address, out var error)
            ?? throw new ToolException($"'{SafeText.Line(arguments.Address)}' is not HOST[:PORT]: {error}.");
        var request = _manager.Connect(host.ToEndPoint(defaultPort), arguments.Permanent);
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
        EndAsync(peers, (id, token) => _manager.DisconnectAsync(id, triggerReconnect: false, token), cancellationToken);

    /// <summary>Ends peers for good.</summary>
    /// <returns>The peers that were still there.</returns>
    /// <exception cref="ToolException">There is no such peer.</exception>
    public IAsyncEnumerable<PeerItem> RemoveAsync(PeerSelector peers, CancellationToken cancellationToken) =>
        EndAsync(peers, _manager.RemoveAsync, cancellationToken);

    private static PeerSelector Select(string text) =>
        PeerSelector.Parse(text, out var error) ?? throw new ToolException($"'{SafeText.Line(text)}' is not a peer: {error}.");

    private async IAsyncEnumerable<PeerItem> EndAsync(
        PeerSelector peers, Func<long, CancellationToken, Task<bool>> end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var snapshot = await _manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var ended = 0;
        foreach (var peer in PeerItems.From(snapshot, network.GetRating).Where(peers.Selects))
        {
            if (!await end(peer.Id, cancellationToken).ConfigureAwait(false))
                continue;
            ended++;
            yield return peer;
        }

        if (ended == 0)
            throw PeerSelector.NoneFound(peers);
    }

    /// <summary>Changes the number of automatic peers.</summary>
    /// <exception cref="ToolException">The number is out of range, or the run has groups or no source of addresses.</exception>
    public async Task<TargetItem> SetTargetAsync(int target, CancellationToken cancellationToken)
    {
        if (target is < 0 or > RunOptions.MaxTarget)
            throw new ToolException($"the target is {target}: use a whole number from 0 to {RunOptions.MaxTarget}.");
        var before = await _manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        if (target > 0 && !before.HasAddressSource)
            throw new ToolException("the run has no source of addresses for automatic peers: name peers by 'connmgr peers connect HOST --permanent'.");
        if (!GroupItem.FindNamed(before).IsEmpty)
            throw new ToolException("the run has groups of peers, which have the targets: change --group in its configuration, and reload it.");
        await _manager.SetTargetOutboundAsync(target, cancellationToken).ConfigureAwait(false);
        return new TargetItem(target, before.TargetOutbound);
    }

    /// <summary>Replaces the worst peers of a group by new ones, which are connected first.</summary>
    /// <exception cref="ToolException">An argument is out of range, there is no such group, or the run has no source of addresses.</exception>
    public async Task<RotateItem> RotateAsync(RotateArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Count is < 1 or > RunOptions.MaxTarget)
            throw new ToolException($"the count is {arguments.Count}: use a whole number from 1 to {RunOptions.MaxTarget}.");
        if (!(arguments.Seconds is > 0 and <= RotateArguments.MaxSeconds))
            throw new ToolException($"the time is {arguments.Seconds} s: use more than 0 and at most {RotateArguments.MaxSeconds:0} s.");
        var snapshot = await _manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var group = FindGroup([.. snapshot.Groups.Select(static group => group.Name)], arguments.Group);
        if (!snapshot.HasAddressSource || snapshot.Groups.All(each => each.Target == 0 || !string.Equals(each.Name, group, StringComparison.Ordinal)))
            throw new ToolException($"the run keeps no peers in group {group}, so there are none to replace.");
        var replaced = await network.RotateAsync(group, arguments.Count, TimeSpan.FromSeconds(arguments.Seconds), cancellationToken).ConfigureAwait(false);
        return new RotateItem(group, arguments.Count, replaced);
    }

    /// <summary>Sends a transaction by a private broadcast.</summary>
    /// <exception cref="ToolException">The file is not a transaction, an argument is out of range, or the run has no private network.</exception>
    public async Task<BroadcastItem> BroadcastAsync(BroadcastArguments arguments, CancellationToken cancellationToken)
    {
        if (!(arguments.Seconds is > 0 and <= RotateArguments.MaxSeconds))
            throw new ToolException($"the time is {arguments.Seconds} s: use more than 0 and at most {RotateArguments.MaxSeconds:0} s.");
        var transaction = await ReadTransactionAsync(arguments.File, cancellationToken).ConfigureAwait(false);
        try
        {
            var options = new PrivateBroadcastOptions { Within = TimeSpan.FromSeconds(arguments.Seconds) };
            var result = await network.BroadcastPrivatelyAsync(transaction, options, cancellationToken).ConfigureAwait(false);
            var txid = Convert.ToHexStringLower([.. result.TxId.ToArray().Reverse()]);
            return new BroadcastItem(txid, result.Recipients, result.Attempts, result.IsReturned);
        }
        catch (ArgumentException exception)
        {
            throw new ToolException($"{SafeText.Line(arguments.File)} has no transaction: it needs the serialization with witnesses, in hexadecimal digits, as of 'bitcoin-cli signrawtransactionwithwallet'.", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new ToolException(exception.Message, exception);
        }
    }

    private static async Task<byte[]> ReadTransactionAsync(string path, CancellationToken cancellationToken)
    {
        const int MaxLength = 2 * FrameHeader.MaxPayloadLength + 1024; // Two digits for each byte.
        try
        {
            var text = (await TextFile.ReadAsync(path, MaxLength, cancellationToken).ConfigureAwait(false)).ToString();
            return Convert.FromHexString(text.AsSpan().Trim());
        }
        catch (FormatException)
        {
            return []; // Not a transaction.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"the transaction was not read: {exception.Message}", exception);
        }
    }

    private static string FindGroup(string[] names, string? name)
    {
        if (name is null)
            return names is [var only] ? only : throw new ToolException($"the run has several groups: add --group with {string.Join(" or ", names)}.");
        return names.Contains(name, StringComparer.Ordinal)
            ? name
            : throw new ToolException($"there is no group '{SafeText.Line(name)}': use {string.Join(" or ", names)}.");
    }
}
