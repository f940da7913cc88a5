using System.Net;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// Address gossip: what peers tell of reaches an <see cref="AddressBook"/>, and those who ask are answered from it, within the limits by
/// which Bitcoin Core keeps either from being abused. One for a node: join each peer to it after its handshake. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var session = gossip.Join(peer, connection.LocalEndPoint);
/// await session.BeginAsync(token);
/// await peer.RunAsync(
///     async (peer, message, token) =>
///     {
///         if (!await session.HandleAsync(message, token))
///             await OnMessageAsync(peer, message, token);
///     },
///     token);
/// </code>
/// </example>
public sealed partial class AddressGossip
{
    private readonly AddressGossipOptions _options;
    private readonly AddressBook _book;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly GossipRules _rules;
    private readonly AnswerCache _answers = new();
    private readonly GossipTally _tally = new();
    private readonly GossipChance _chance;
    private readonly ExternalAddresses _own;
    private readonly AddressRelay _relay;

    /// <summary>Makes one.</summary>
    /// <param name="options">The options, of which a copy is kept.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range; the message names it.</exception>
    public AddressGossip(AddressGossipOptions options)
    {
        OptionsErrors.ThrowIfAny(options);

        _options = options.Copy();
        _book = _options.Book!;
        _time = _options.TimeProvider;
        _began = _time.GetTimestamp();
        _rules = new(_options.ReachableNetworks, _options.UsefulServices);
        _chance = new(_options.Random ?? new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        _own = new(_options.ExternalEndPoints);
        _relay = new(_options, _own, _chance);
    }

    /// <summary>What became of the addresses that all peers told of, those included that have gone.</summary>
    public GossipCounts Counts => _tally.Counts;

    internal AddressGossipOptions Options => _options;

    /// <summary>Whether peers are told of anything unasked.</summary>
    internal bool HasSomethingToTell => _options.RelayAddresses || _options.ExternalEndPoints.Count > 0;

    internal AddressRelay Relay => _relay;

    internal GossipChance Chance => _chance;

    /// <summary>The time since this was made: what all that is kept for a while is measured by.</summary>
    internal TimeSpan Now => _time.GetElapsedTime(_began);

    /// <summary>Begins the gossip with a peer that has shaken hands. Nothing is sent yet.</summary>
    /// <param name="peer">The peer. Each is joined once.</param>
    /// <param name="localEndPoint">
    /// Our end of the connection (<see cref="Connection.LocalEndPoint"/>): inbound peers that reach us by different ones get different
    /// answers. Null: it is not known.
    /// </param>
    /// <returns>What handles the peer's messages. Dispose of it when the connection has ended.</returns>
    public GossipSession Join(BitcoinPeer peer, EndPoint? localEndPoint = null)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return new(this, peer, localEndPoint, isForFetching: false);
    }

    /// <summary>
    /// Gets addresses from a peer, the only purpose of its connection: asks (getaddr), takes what it tells of into the book, and ends with
    /// the first message of more than one address, or after <see cref="AddressGossipOptions.FetchTimeout"/> (Bitcoin Core calls it an
    /// addr-fetch connection). Call it instead of <see cref="BitcoinPeer.RunAsync"/>, then close the connection.
    /// </summary>
    /// <param name="peer">An outbound peer that has shaken hands.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <returns>What became of the addresses.</returns>
    /// <exception cref="ArgumentException">The peer is inbound: these choose us, so they are not asked.</exception>
    /// <exception cref="IOException">
    /// The connection failed, or the peer broke a rule, as <see cref="BitcoinPeer.RunAsync"/> says.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<GossipCounts> FetchAsync(BitcoinPeer peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        if (peer.Direction != ConnectionDirection.Outbound)
            throw new ArgumentException("The peer is inbound; addresses are fetched from outbound peers alone.", nameof(peer));

        var session = new GossipSession(this, peer, localEndPoint: null, isForFetching: true);
        await using (session.ConfigureAwait(false))
        {
            using var deadline = new CancellationTokenSource(_options.FetchTimeout, _time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
            try
            {
                await peer.BeginAndRunAsync(GossipSession.AddTo(new([]), passesOn: false), (_, token) => session.AskAsync(token), HandleAsync, end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && end.IsCancellationRequested)
            {
                // It has what it was for, or was given up.
            }

            return session.Counts;

            async ValueTask HandleAsync(BitcoinPeer from, BitcoinMessage message, CancellationToken token)
            {
                await session.HandleAsync(message, token).ConfigureAwait(false);
                if (session.MostEntries > 1)
                    await end.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>The answer to a peer's getaddr.</summary>
    internal AddressAnswer Answer(AnswerKey key)
    {
        var now = Now;
        if (_answers.Find(key, now) is { } kept)
            return kept;

        var addresses = _book.GetAddresses(AddressMessage.MaxEntries);
        var present = _time.GetUtcNow();
        var told = addresses.Where(address => !IsBanned(address.EndPoint.Address)).Select(address => Blurred(address, present)).ToArray();
        var answer = AddressAnswer.Of(told);

        // An empty one tells nothing, so there is no need to stay with it.
        return told.Length == 0 ? answer : _answers.Keep(key, answer, now, _chance.NextDouble());
    }

    /// <summary>
    /// Times to the second would show that two answers come from one book. So each answer has other ones, up to a day off; none lies in the future.
    /// </summary>
    private PeerAddress Blurred(in PeerAddress address, DateTimeOffset now)
    {
        var age = now - address.LastSeen + GossipRules.MostBlur * ((2 * _chance.NextDouble()) - 1);
        return address with { LastSeen = now - age.Duration() };
    }

    private bool IsBanned(NetworkAddress address) => _options.IsBanned?.Invoke(address) ?? false;
}
