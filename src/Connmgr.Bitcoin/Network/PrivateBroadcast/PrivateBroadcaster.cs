using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Sends transactions over separate connections through private networks. The connections count towards no target and no group; bans,
/// the limit of file descriptors and the stop hold for them. Thread-safe.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="source">The source of addresses.</param>
/// <param name="networks">The networks on which neither side learns the other's place, and each connection has a separate identity.</param>
/// <param name="returns">The watch for the return of transactions.</param>
/// <param name="seesReturn">True if peers announce transactions to this node.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The network's logger.</param>
internal sealed class PrivateBroadcaster(
    ConnectionManager connections,
    AddressBookSource source,
    AddressNetworks networks,
    ReturnWatch returns,
    bool seesReturn,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>The most connections at once, of all transactions.</summary>
    public const int MaxConnections = 8;

    /// <summary>The longest life of a connection, as in Bitcoin Core.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(3);

    private readonly MonotonicClock _clock = new(time);
    private readonly SemaphoreSlim _slots = new(MaxConnections);

    /// <summary>Sends a transaction, until it has returned or the broadcast is given up.</summary>
    /// <exception cref="InvalidOperationException">No private network can be reached, the transaction is being broadcast, or the network was stopped.</exception>
    public async Task<PrivateBroadcastResult> SendAsync(PrivateTransaction transaction, PrivateBroadcastOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if ((source.Networks & networks) == AddressNetworks.None)
        {
            throw new InvalidOperationException(
                $"No private network can be reached, only {source.Networks}: a transaction sent there would show where it comes from. Set a Tor proxy in {nameof(PeerNetworkOptions)}.{nameof(PeerNetworkOptions.Proxies)}, or an I2P router.");
        }

        var rules = new PrivateBroadcastRules(options.Recipients, options.Within, seesReturn, _clock.Now);
        var returned = returns.WatchAsync(transaction);
        List<Task<Attempt>> attempts = [];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await RunAsync(rules, new Recipients(transaction), attempts, returned, end.Token).ConfigureAwait(false);
            if (returned.IsCompleted)
                await returned.ConfigureAwait(false); // Throws after a stop.
        }
        finally
        {
            returns.Remove(transaction);
            await end.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(attempts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new()
        {
            TxId = transaction.TxId,
            WtxId = transaction.WtxId,
            Recipients = rules.Receipts,
            Attempts = rules.Attempts,
            IsReturned = returned.IsCompletedSuccessfully,
        };
    }

    private async Task RunAsync(
        PrivateBroadcastRules rules, Recipients recipients, List<Task<Attempt>> attempts, Task returned, CancellationToken cancellationToken)
    {
        while (!returned.IsCompleted)
        {
            foreach (var attempt in attempts.Where(static attempt => attempt.IsCompleted).ToList())
            {
                attempts.Remove(attempt);
                Note(await attempt.ConfigureAwait(false), rules, recipients);
            }

            var step = rules.Decide(_clock.Now);
            if (step.Action == PrivateBroadcastAction.End)
                return;
            if (step.Action == PrivateBroadcastAction.Wait)
            {
                var wait = TimerWait.RoundUp(TimeSpan.FromTicks(Math.Max(1, (step.Until - _clock.Now).Ticks)));
                await ((Task)Task.WhenAny([.. attempts, returned])).WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
            else if (Choose(recipients) is { } chosen)
            {
                rules.Begin();
                attempts.Add(AttemptAsync(recipients.Transaction, chosen, cancellationToken));
            }
            else
            {
                rules.NoteNoAddress(_clock.Now);
            }
        }
    }

    private void Note(Attempt attempt, PrivateBroadcastRules rules, Recipients recipients)
    {
        if (!attempt.HasNoWay)
        {
            rules.End(attempt.IsReceived, _clock.Now);
            return;
        }

        rules.Withdraw(_clock.Now);
        recipients.Forget(attempt.EndPoint);
    }

    /// <summary>Chooses an address that was not tried for this transaction, and to which there is no connection.</summary>
    private AddressBookCandidate? Choose(Recipients recipients)
    {
        var request = new CandidateRequest(
            ConnectionKind.OneOff,
            endPoint => recipients.WasTried(endPoint) ? ConnectFailureCause.RecentlyTried : connections.GetRefusal(endPoint, ConnectionKind.OneOff));
        if (source.ChooseFromBook(request, source.Networks & networks) is not { } chosen)
            return null;
        recipients.NoteTried(chosen.EndPoint);
        return chosen;
    }

    /// <summary>Sends the transaction to one peer.</summary>
    private async Task<Attempt> AttemptAsync(PrivateTransaction transaction, AddressBookCandidate chosen, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        var exchange = new PrivateExchange(transaction);
        ConnectionRequest? request = null;
        using var lifetime = new CancellationTokenSource(Lifetime, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Token, cancellationToken);
        try
        {
            NetworkLog.Policy(logger, PeerPurpose.PrivateBroadcast, chosen.EndPoint);
            var tag = new PeerTag(PeerPurpose.PrivateBroadcast) { Candidate = chosen, Private = exchange };
            request = connections.Connect(chosen.EndPoint.ToEndPoint()!, tag: tag);
            var outcome = await request.FirstOutcome.WaitAsync(end.Token).ConfigureAwait(false);
            if (outcome.Succeeded)
                return new(chosen.EndPoint) { IsReceived = await exchange.Received.WaitAsync(end.Token).ConfigureAwait(false) };
            var hasNoWay = outcome.Cause is ConnectFailureCause.ProxyUnreachable or ConnectFailureCause.NetworkOutage
                or ConnectFailureCause.ConnectionLimit or ConnectFailureCause.DuplicateAddress;
            if (!hasNoWay && outcome.Phase is ConnectPhase.Tcp or ConnectPhase.Proxy)
                source.ReportOutcome(outcome with { Tag = chosen });
            return new(chosen.EndPoint) { HasNoWay = hasNoWay };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(chosen.EndPoint); // It took too long.
        }
        finally
        {
            if (request is not null)
                await connections.RemoveAsync(request.Id, CancellationToken.None).ConfigureAwait(false);
            _slots.Release();
        }
    }

    /// <summary>A transaction with the addresses that were tried for it, at most <see cref="PrivateBroadcastRules.MaxAttempts"/>.</summary>
    private sealed class Recipients(PrivateTransaction transaction)
    {
        private readonly HashSet<NetworkEndPoint> _tried = [];

        public PrivateTransaction Transaction => transaction;

        public bool WasTried(EndPoint endPoint) => NetworkEndPoint.TryFromEndPoint(endPoint, out var known) && _tried.Contains(known);

        public void NoteTried(NetworkEndPoint endPoint) => _tried.Add(endPoint);

        public void Forget(NetworkEndPoint endPoint) => _tried.Remove(endPoint);
    }

    /// <summary>The end of an attempt.</summary>
    /// <param name="EndPoint">The address.</param>
    private sealed record Attempt(NetworkEndPoint EndPoint)
    {
        /// <summary>True when the peer has confirmed the transaction.</summary>
        public bool IsReceived { get; init; }

        /// <summary>True when the attempt failed on this side of the peer.</summary>
        public bool HasNoWay { get; init; }
    }
}
