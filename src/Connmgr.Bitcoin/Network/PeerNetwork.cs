using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Connects to the peers of a Bitcoin chain. Finds them by seeds, gossip and an address book that it keeps, does the handshake, keeps the
/// wanted number, answers pings, and hands over the messages. Ties a <see cref="ConnectionManager"/>, a <see cref="BitcoinProtocol"/>, an
/// <see cref="AddressBook"/>, an <see cref="AddressSeeder"/> and an <see cref="AddressGossip"/> together; each part can be replaced.
/// Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var network = new PeerNetwork(new() { Chain = ChainParameters.Mainnet, OnMessage = OnMessageAsync });
/// await network.StartAsync();
/// await network.WhenFullAsync();
/// </code>
/// </example>
public sealed partial class PeerNetwork : IAsyncDisposable
{
    private readonly PeerNetworkParts _parts;

    /// <summary>
    /// Creates a network, and listens on <see cref="PeerNetworkOptions.ListenOn"/>. Nothing is dialled, read or written before
    /// <see cref="StartAsync"/>.
    /// </summary>
    /// <param name="options">The options; later changes to them have no effect.</param>
    /// <exception cref="ArgumentException">
    /// Options are missing or out of range; the message names each of them (<see cref="PeerNetworkOptions.GetErrors"/>).
    /// </exception>
    /// <exception cref="IOException">An address can't be listened on; the message says which and why.</exception>
    public PeerNetwork(PeerNetworkOptions options)
    {
        OptionsErrors.ThrowIfAny(options);
        _parts = new PeerNetworkParts(options);
    }

    /// <summary>The connection manager, for everything beyond this class: snapshots, events, limits, single connections.</summary>
    public ConnectionManager Connections => _parts.Connections;

    /// <summary>The protocol that the connections speak.</summary>
    public BitcoinProtocol Protocol => _parts.Protocol;

    /// <summary>The address book. The start adds the contents of the data directory; addresses that you add before are kept.</summary>
    public AddressBook Book => _parts.State.Book;

    /// <summary>
    /// Bans, scores and discouraged hosts. The start adds the bans of the data directory, and each change is written there. A new ban ends
    /// the connections that it matches; a report that discourages a host ends the connections of that host.
    /// </summary>
    public PeerReputation Reputation => _parts.State.Reputation;

    /// <summary>The bans of <see cref="Reputation"/>.</summary>
    public BanList Bans => Reputation.Bans;

    /// <summary>The addresses that rest because of the behaviour of their peers. The start adds those of the data directory.</summary>
    public AddressQuarantine Quarantine => _parts.State.Quarantine;

    /// <summary>The groups of outbound peers, in their order; empty for one group of <see cref="ConnectionManager.TargetOutbound"/> peers.</summary>
    public ImmutableArray<PeerGroup> Groups => _parts.Groups.All;

    /// <summary>
    /// The addresses at which others can reach the node: those of <see cref="PeerNetworkOptions.ExternalAddresses"/>, of interfaces and
    /// listeners (<see cref="PeerNetworkOptions.DiscoverAddresses"/>), and of the onion service. Others can be added at any time.
    /// </summary>
    public ExternalAddresses ExternalAddresses => _parts.State.ExternalAddresses;

    /// <summary>The state of Tor's control port; null when none is used.</summary>
    public TorState? Tor => _parts.Tor?.State;

    /// <summary>The state of I2P; null when none is used (<see cref="PeerNetworkProxies.I2PSam"/>).</summary>
    public I2PState? I2P => _parts.I2P?.Controller.State;

    /// <summary>The state of the port mappings; null when <see cref="PeerNetworkOptions.PortMapping"/> is off.</summary>
    public PortMappingState? PortMapping => _parts.PortMapping?.State;

    /// <summary>The local addresses of the listeners that are not for overlays, with their real ports. Those of interfaces may change.</summary>
    public ImmutableArray<EndPoint> ListenEndPoints => _parts.Listeners.EndPoints;

    /// <summary>
    /// The local addresses of <see cref="PeerNetworkOptions.OnionListenOn"/>, with their real ports. The onion service that Tor's control
    /// port publishes has <see cref="TorState.OnionTarget"/>.
    /// </summary>
    public ImmutableArray<EndPoint> OnionListenEndPoints => _parts.Listeners.OnionEndPoints;

    /// <summary>
    /// A task that completes when the network has stopped and everything has ended: every handler has returned, and book, bans and anchors
    /// are written.
    /// </summary>
    public Task Completion => _parts.Runtime.Completion;

    /// <summary>
    /// Opens the data directory, if there is one, and starts to connect and to accept. Further calls have no effect, unless the start
    /// failed: then it is tried again.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, not the start.</param>
    /// <returns>A task that completes when both have begun.</returns>
    /// <exception cref="IOException">
    /// The data directory is in use by another network, or can't be used; the message says which. A damaged file does not count: it is set
    /// aside, and a warning is logged.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Access to the data directory is denied.</exception>
    /// <exception cref="InvalidOperationException">The network was stopped and can't be started again. Create a new one.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _parts.Runtime.StartAsync(cancellationToken);

    /// <summary>
    /// Begins to stop, without waiting. Unlike <see cref="StopAsync"/> it may be called anywhere, inside a handler too.
    /// <see cref="Completion"/> completes when everything has ended.
    /// </summary>
    public void RequestStop() => Connections.RequestStop();

    /// <summary>
    /// Closes every connection, waits until nothing runs any more, and writes book, bans and anchors. See
    /// <see cref="ConnectionManager.StopAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, not the stop.</param>
    /// <returns>A task that completes with <see cref="Completion"/>.</returns>
    /// <exception cref="InvalidOperationException">
    /// The method was called inside a handler or callback of the network, which it would wait for. Use <see cref="RequestStop"/> there.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled first. From then on <see cref="DisposeAsync"/> does not wait either.
    /// </exception>
    public Task StopAsync(CancellationToken cancellationToken = default) => _parts.Runtime.StopAsync(cancellationToken);

    /// <summary>
    /// Stops and waits, as <see cref="StopAsync"/> does. Does not wait after a <see cref="StopAsync"/> that was cut short by its token, as
    /// <see cref="ConnectionManager.DisposeAsync"/>.
    /// </summary>
    /// <returns>A task that completes when everything has ended, or at once.</returns>
    public ValueTask DisposeAsync() => _parts.Runtime.DisposeAsync();

    /// <summary>
    /// Notifies the network that the system's network has changed, so that routes and seeds that did not answer are tried again at once, and
    /// connections whose peers do not answer within 10 s are replaced. Most changes are noticed without it.
    /// </summary>
    public void NotifyNetworkChanged() => _parts.Reachability.NotifyNetworkChanged();

    /// <summary>
    /// Changes the groups of outbound peers. Peers that a group still takes stay connected; the others are closed, and the missing ones are
    /// dialled. If no known peer or address offers the services of a group, DNS seeds are asked for them.
    /// </summary>
    /// <param name="groups">
    /// The groups, at least one, the most wanted first. One group without requirements stands for a number of peers alone.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes when the new groups are in force.</returns>
    /// <exception cref="ArgumentException">The groups are not valid; the message contains each error.</exception>
    /// <exception cref="InvalidOperationException">The network was stopped.</exception>
    public Task SetGroupsAsync(IEnumerable<PeerGroup> groups, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groups);
        PeerGroup[] all = [.. groups];
        var errors = PeerGroupRules.GetErrors(nameof(groups), all).ToList();
        if (all.Length == 0)
            errors.Add($"{nameof(groups)} is empty: use one group without requirements.");
        return errors.Count > 0 ? throw new ArgumentException(string.Join(' ', errors), nameof(groups)) : _parts.Groups.SetAsync([.. all], cancellationToken);
    }

    /// <summary>
    /// Writes the bans that are not on the disk yet. Without it they are written within a second. Does nothing
    /// without a data directory, and before the start.
    /// </summary>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>A task that completes when all changes made before the call are on the disk.</returns>
    /// <exception cref="IOException">The file can't be written. The bans stay in force, and the writing is tried again later.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public Task FlushBansAsync(CancellationToken cancellationToken = default) =>
        _parts.Storage?.FlushBansAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>
    /// Waits until the target and all permanent peers are connected, and are in <see cref="Peers"/>. They may be lost again later. Where nothing
    /// supplies addresses and there are neither permanent peers nor listeners, a target above 0 is never reached;
    /// <see cref="GetShortageAsync"/> and a warning in the log give the reason. Do not await it inside
    /// <see cref="PeerNetworkOptions.OnPeer"/>: the peer joins once that has returned, so the wait may never end.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes at the first moment at which no peer is missing.</returns>
    /// <exception cref="InvalidOperationException">The network was stopped.</exception>
    public async Task WhenFullAsync(CancellationToken cancellationToken = default)
    {
        await Connections.WhenFullAsync(cancellationToken).ConfigureAwait(false);
        await _parts.Connector.WhenJoinedAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gets the peers that are connected now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// Every peer whose handshake is complete, with its connection; <see cref="GetPurpose(Connection)"/> gives its purpose. Feelers and
    /// address fetches are left out: they end within seconds, and their messages do not reach the program.
    /// </returns>
    public async Task<ImmutableArray<(BitcoinPeer Peer, Connection Connection)>> GetPeersAsync(
        CancellationToken cancellationToken = default)
    {
        var snapshot = await Connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. snapshot.Connections
                .Where(static connected => connected.Connection.UserState is BitcoinPeer
                    && GetPurpose(connected.Connection) is not (PeerPurpose.Feeler or PeerPurpose.AddressFetch))
                .Select(static connected => ((BitcoinPeer)connected.Connection.UserState!, connected.Connection)),
        ];
    }

    /// <summary>Gets the peers that are missing now, and the reasons.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The shortage; null when no peer is missing or the network has stopped.</returns>
    public Task<ConnectionShortage?> GetShortageAsync(CancellationToken cancellationToken = default) =>
        _parts.Shortage.GetAsync(cancellationToken);

    /// <summary>Gets the peers that were missing when a snapshot was taken, and the reasons. The address book is looked at now.</summary>
    /// <param name="snapshot">A recent snapshot of <see cref="Connections"/>.</param>
    /// <returns>The shortage; null when no peer was missing or the network had stopped.</returns>
    public ConnectionShortage? GetShortage(ConnectionManagerSnapshot snapshot) => _parts.Shortage.Get(snapshot);

    /// <summary>Gets all that is known of a peer and its address.</summary>
    /// <param name="peer">A peer of this network; it may have gone.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="ArgumentException">The peer runs on a stream without a connection.</exception>
    public PeerFacts GetFacts(BitcoinPeer peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return _parts.State.Records.Get(peer, peer.Connection ?? throw new ArgumentException("The peer is not of a network: it has no connection.", nameof(peer)));
    }

    /// <summary>Rates a peer by <see cref="PeerNetworkOptions.GetRating"/>.</summary>
    /// <param name="peer">A peer of this network; it may have gone.</param>
    /// <returns>The rating.</returns>
    /// <exception cref="ArgumentException">The peer runs on a stream without a connection.</exception>
    public PeerRating GetRating(BitcoinPeer peer) => _parts.State.GetRating(GetFacts(peer));

    /// <summary>
    /// Replaces an automatic peer by a new one of the same group and profile. Candidates are connected as trials, in addition to the target,
    /// until one passes; it then takes the place of the peer, which ends with <see cref="DisconnectCause.Replaced"/>, in one event. The
    /// number of peers never falls below the target.
    /// </summary>
    /// <param name="peer">The peer.</param>
    /// <param name="isBetter">
    /// Decides about a candidate whose handshake is complete. Called on the thread pool, by up to three trials at once; an exception ends
    /// the search. Null: any that suits the group.
    /// </param>
    /// <param name="within">The time after which the search is given up: more than zero, at most 24 days.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>True when the peer was replaced; false when none passed in time, the peer has left by itself, or is not of a group.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of range.</exception>
    /// <exception cref="InvalidOperationException">Nothing supplies addresses.</exception>
    public Task<bool> ReplaceAsync(
        BitcoinPeer peer, Func<BitcoinPeer, bool>? isBetter, TimeSpan within, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        TimeLimits.ThrowIfInvalid(within);
        return GetTrials().ReplaceAsync(peer, isBetter, within, cancellationToken);
    }

    /// <summary>
    /// Replaces peers of a group by new ones, each as <see cref="ReplaceAsync"/> does: those with the lowest rating, of equal ones the
    /// oldest. Peers that the program protects (<see cref="Connection.Protect"/>) stay.
    /// </summary>
    /// <param name="group">The name of the group; "default" without groups.</param>
    /// <param name="count">The number of peers to replace.</param>
    /// <param name="within">The time after which the search is given up: more than zero, at most 24 days.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The number of peers that were replaced.</returns>
    /// <exception cref="ArgumentException">There is no such group, the number is below zero, or the time is out of range.</exception>
    /// <exception cref="InvalidOperationException">Nothing supplies addresses.</exception>
    public Task<int> RotateAsync(string group, int count, TimeSpan within, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        TimeLimits.ThrowIfInvalid(within);
        var trials = GetTrials();
        if (trials.FindGroup(group) is null)
            throw new ArgumentException($"There is no group '{group}': use {string.Join(" or ", Connections.OutboundGroups.Select(static each => each.Name))}.", nameof(group));
        return trials.RotateAsync(group, count, within, cancellationToken);
    }

    /// <summary>
    /// Reports that no block has arrived for too long; Bitcoin Core's limit is 30 min. While no automatic peer is missing, one more full peer
    /// is connected, and after 30 s or more one full peer ends: the one whose last new block is the oldest
    /// (<see cref="BitcoinPeer.ReportUsefulBlock"/>), as described in <see cref="PeerPolicies.ExtraNetworkInterval"/>. Reports until then count
    /// as one. Has no effect without the address book as the source. Thread-safe.
    /// </summary>
    public void ReportStaleTip() => _parts.Tip.Report();

    /// <summary>Gets the private broadcasts.</summary>
    /// <exception cref="InvalidOperationException">The network can't make any.</exception>
    internal PrivateBroadcaster GetPrivateBroadcaster() => _parts.Private ?? throw new InvalidOperationException(
        $"A private broadcast needs addresses of the address book and isolated streams: leave {nameof(PeerNetworkOptions.AddressSource)} null and Proxies.Socks5.Isolation set.");

    private PeerTrials GetTrials() => _parts.Trials ?? throw new InvalidOperationException(
        "No address source supplies peers to try: set a data directory, seeds, a book or an address source.");

    /// <summary>Gets all that is known of an address: from its connections that have ended, the address book and the quarantine.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>The facts. Most are missing if there was no connection in this run.</returns>
    public PeerFacts GetFacts(NetworkEndPoint endPoint) => _parts.State.Records.Get(endPoint);

    /// <summary>Gets statistics of everything but the connections: address book, seeds, gossip, policies, data directory.</summary>
    /// <returns>A copy; later changes do not affect it.</returns>
    public PeerNetworkStatistics GetStatistics() => new()
    {
        Book =
        [
            .. AddressNetworkTable.All.Select(row => new AddressBookCount(
                row.Network, Book.GetCount(row.Set, AddressTables.New), Book.GetCount(row.Set, AddressTables.Tried))),
        ],
        Seeds = [.. _parts.Seeder?.Outcomes ?? []],
        Gossip = _parts.Gossip.Counts,
        FeelersAnswered = _parts.Policies?.FeelersAnswered ?? 0,
        FeelersFailed = _parts.Policies?.FeelersFailed ?? 0,
        Quarantined = Quarantine.RestingCount,
        Replaced = _parts.State.Trials.Count(TrialOutcome.Promoted),
        ClockOffset = _parts.State.Clock.GetOffset(),
        Anchors = _parts.Storage?.AnchorCount ?? 0,
        Problems = _parts.Storage?.Problems ?? [],
        LostChanges = _parts.Storage?.Lost ?? [],
        BookSavedAt = _parts.Storage?.BookSavedAt,
    };

    /// <summary>Gets the purpose of a connection.</summary>
    /// <param name="connection">A connection of a network.</param>
    /// <returns>The purpose.</returns>
    public static PeerPurpose GetPurpose(Connection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return PeerTag.GetPurpose(connection.Kind, connection.Request?.Tag);
    }

    /// <summary>Gets the purpose of a request.</summary>
    /// <param name="request">A request of a network.</param>
    /// <returns>The purpose.</returns>
    public static PeerPurpose GetPurpose(ConnectionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return PeerTag.GetPurpose(request.Kind, request.Tag);
    }
}
