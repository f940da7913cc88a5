using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Exchanges addresses with peers: adds those that peers announce to an <see cref="AddressBook"/>, answers requests from it, and relays
/// fresh addresses, within the limits by which Bitcoin Core prevents abuse. Create one for a node, and attach each peer to it after its
/// handshake. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var session = gossip.Attach(peer, connection.LocalEndPoint);
/// await session.StartAsync(token);
/// await peer.RunAsync(
///     async (peer, message, token) =>
///     {
///         if (!await session.HandleAsync(message, token))
///             await OnMessageAsync(peer, message, token);
///     },
///     token);
/// </code>
/// </example>
public sealed class AddressGossip
{
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly AnswerCache _answers = new();

    /// <summary>Creates the gossip of a node.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range; the message names it.</exception>
    public AddressGossip(AddressGossipOptions options)
    {
        OptionsErrors.ThrowIfAny(options);

        Options = options.Copy();
        Book = Options.Book!;
        _time = Options.TimeProvider;
        _clock = new(_time);
        Rules = new(Options.ReachableNetworks, Options.UsefulServices);
        Random = new(DefaultRandom.Get(Options.Random));
        Relay = new(Options, Random, _clock);
    }

    /// <summary>The counts of addresses from all peers, those included that have gone.</summary>
    public GossipCounts Counts => Tally.Counts;

    internal AddressGossipOptions Options { get; }

    internal AddressBook Book { get; }

    internal GossipRules Rules { get; }

    internal GossipRandom Random { get; }

    internal ExternalAddresses External => Options.ExternalAddresses;

    internal AddressRelay Relay { get; }

    /// <summary>The sum of all sessions' tallies.</summary>
    internal GossipTally Tally { get; } = new();

    /// <summary>True when peers are sent addresses that they did not ask for.</summary>
    internal bool SendsUnasked => Options.RelayAddresses || External.ListenPort > 0 || !External.All.IsEmpty;

    /// <summary>The time since the gossip was created, by which tokens, answers and the relay measure.</summary>
    internal TimeSpan Now => _clock.Now;

    /// <summary>Creates the session with a peer whose handshake is complete. Nothing is sent yet.</summary>
    /// <param name="peer">The peer. Join each peer once.</param>
    /// <param name="localEndPoint">
    /// The local address of the connection (<see cref="Connection.LocalEndPoint"/>): inbound peers that connect to different ones get
    /// different answers. Null if it is not known.
    /// </param>
    /// <returns>The session, which handles the peer's messages. Dispose of it when the connection has ended.</returns>
    public GossipSession Attach(BitcoinPeer peer, EndPoint? localEndPoint = null)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return new(this, peer, localEndPoint, GossipMode.Exchange);
    }

    /// <summary>Creates a session that neither sends nor accepts addresses, as on the block-relay-only connections of Bitcoin Core.</summary>
    internal GossipSession AttachSilently(BitcoinPeer peer) => new(this, peer, localEndPoint: null, GossipMode.Silence);

    /// <summary>
    /// Fetches addresses from a peer, as the only purpose of its connection: sends getaddr, adds the addresses that the peer announces to
    /// the book, and ends with the first message of more than one address, or after <see cref="AddressGossipOptions.FetchTimeout"/>.
    /// (Bitcoin Core calls it an addr-fetch connection.) Call it instead of <see cref="BitcoinPeer.RunAsync"/>, then close the connection.
    /// </summary>
    /// <param name="peer">An outbound peer whose handshake is complete.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <returns>The counts of the addresses.</returns>
    /// <exception cref="ArgumentException">The peer is inbound. Such peers choose the node, so they are not asked.</exception>
    /// <exception cref="IOException">
    /// The connection failed, or the peer broke a rule, as <see cref="BitcoinPeer.RunAsync"/> describes.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<GossipCounts> FetchAsync(BitcoinPeer peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        if (peer.Direction != ConnectionDirection.Outbound)
            throw new ArgumentException("The peer is inbound; addresses are fetched from outbound peers only.", nameof(peer));

        var session = new GossipSession(this, peer, localEndPoint: null, GossipMode.Fetch);
        await using (session.ConfigureAwait(false))
        {
            await session.FetchAsync(cancellationToken).ConfigureAwait(false);
            return session.Counts;
        }
    }

    /// <summary>Gets the answer to a peer's getaddr.</summary>
    internal AddressAnswer GetAnswer(AnswerKey key)
    {
        var now = Now;
        if (_answers.Find(key, now) is { } kept)
            return kept;

        var addresses = Book.GetAddresses(AddressMessage.MaxEntries);
        var present = _time.GetUtcNow();
        var allowed = addresses.Where(address => !IsBanned(address.EndPoint.Address)).Select(address => Blur(address, present)).ToArray();
        var answer = AddressAnswer.Create(allowed);

        // An empty answer reveals nothing, so it need not be repeated.
        return allowed.Length == 0 ? answer : _answers.Keep(key, answer, now, Random.NextDouble());
    }

    internal bool IsBanned(NetworkAddress address) => Options.IsBanned?.Invoke(address) ?? false;

    /// <summary>
    /// Moves the time of an address by up to a day, never into the future. Exact times would show that two answers come from one book.
    /// </summary>
    private PeerAddress Blur(in PeerAddress address, DateTimeOffset now)
    {
        var age = now - address.LastSeen + GossipRules.MaxBlur * ((2 * Random.NextDouble()) - 1);
        return address with { LastSeen = now - age.Duration() };
    }
}
