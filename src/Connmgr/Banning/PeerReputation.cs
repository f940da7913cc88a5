using System.Diagnostics.Metrics;
using System.Net;

namespace Connmgr;

/// <summary>
/// The reputation of hosts: bans, scores and discouragement. Set <see cref="ConnectionManagerOptions.Gate"/> to
/// <see cref="Evaluate"/>, report misbehaviour to <see cref="ReportMisbehavior(Connection, in Misbehavior)"/>, and call the manager's
/// <see cref="ConnectionManager.RecheckGateAsync"/> when <see cref="BanList.Changed"/> reports new bans.
/// </summary>
/// <remarks>
/// Thread safety: all members may be called from any thread at any time. <see cref="Evaluate"/> allocates nothing and never waits.
/// </remarks>
public sealed class PeerReputation
{
    private readonly TimeSpan _banDuration;
    private readonly Func<NetworkAddress, bool> _isShared;

    /// <summary>Makes a reputation.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public PeerReputation(PeerReputationOptions? options = null)
    {
        options ??= new PeerReputationOptions();
        OptionsErrors.ThrowIfAny(options);

        Scores = new HostScores(options.Scores);
        Bans = options.Bans ?? new BanList(new BanListOptions { TimeProvider = options.Scores.TimeProvider });
        Discouraged = options.Discouraged ?? new DiscouragedHosts();
        _banDuration = options.BanDuration;
        _isShared = options.IsShared ?? (static _ => false);
    }

    /// <summary>Raised when misbehaviour counts against a host, with its name and the verdict, on the reporting thread.</summary>
#pragma warning disable MA0046 // For internal use: it needs neither sender nor an object for each.
    internal event Action<string, MisbehaviorAction>? Scored;
#pragma warning restore MA0046

    /// <summary>The bans.</summary>
    public BanList Bans { get; }

    /// <summary>The scores.</summary>
    public HostScores Scores { get; }

    /// <summary>The discouraged hosts.</summary>
    public DiscouragedHosts Discouraged { get; }

    /// <summary>
    /// Returns the verdict for <see cref="ConnectionManagerOptions.Gate"/>: refuses banned addresses, discourages discouraged ones, and
    /// allows all others, including host names.
    /// </summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <param name="direction">Not used: both directions are treated alike.</param>
    /// <returns>The verdict.</returns>
    public GateVerdict Evaluate(EndPoint endPoint, ConnectionDirection direction)
    {
        if (!NetworkEndPoint.TryFromEndPoint(endPoint, out var peer))
            return GateVerdict.Allow;
        if (Bans.IsBanned(peer.Address))
            return GateVerdict.Refuse;
        return Discouraged.Contains(peer.Address) ? GateVerdict.Discourage : GateVerdict.Allow;
    }

    /// <summary>
    /// Counts against a host what a peer there did, and discourages or bans the host when its score demands it. A ban clears the score: it
    /// is served. Not for peers that may do as they like
    /// (<see cref="ConnectionPermissions.NoBan"/>, those that the user named): do not report them.
    /// </summary>
    /// <param name="endPoint">
    /// The endpoint of the peer, from the connection. Nothing is kept of an address that does not stand for one host: one that is not
    /// publicly routable (<see cref="NetworkAddress.IsRoutable"/>), since a gateway or a local Tor may be there with everybody behind it,
    /// one that <see cref="PeerReputationOptions.IsShared"/> names, a host name, and null. Ending the connection is all that can be done.
    /// </param>
    /// <param name="misbehavior">The misbehaviour.</param>
    /// <returns>The resulting score, and the measure taken.</returns>
    public HostScore ReportMisbehavior(EndPoint? endPoint, in Misbehavior misbehavior)
    {
        if (!NetworkEndPoint.TryFromEndPoint(endPoint, out var peer) || !peer.Address.IsRoutable || _isShared(peer.Address))
            return default;
        var score = Count(peer.Address, misbehavior);
        Scored?.Invoke(misbehavior.Name, score.Action);
        return score;
    }

    /// <summary>
    /// Counts against the host of a connection what the peer there did, as <see cref="ReportMisbehavior(EndPoint?, in Misbehavior)"/>. Nothing is
    /// kept when the connection is an inbound one through an onion service, or comes from this machine: its address is not the peer's.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="misbehavior">The misbehaviour.</param>
    /// <returns>The resulting score, and the measure taken.</returns>
    public HostScore ReportMisbehavior(Connection connection, in Misbehavior misbehavior)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.HasAddressOfPeer ? ReportMisbehavior(connection.RemoteEndPoint, misbehavior) : default;
    }

    /// <summary>
    /// Measures the bans and the scores: the instruments <c>connmgr.bans.active</c>, <c>connmgr.bans</c> and <c>connmgr.peer.score.bumps</c>.
    /// For a reputation that a program gives to a <see cref="ConnectionManager"/>; a <c>PeerNetwork</c> measures its reputation itself.
    /// </summary>
    /// <param name="meterFactory">As <see cref="ConnectionManagerOptions.MeterFactory"/>.</param>
    /// <param name="instanceName">As <see cref="ConnectionManagerOptions.InstanceName"/>.</param>
    /// <returns>The measuring; dispose of it to end it.</returns>
    public IDisposable Measure(IMeterFactory? meterFactory = null, string? instanceName = null) => new ReputationMetrics(this, meterFactory, instanceName);

    private HostScore Count(in NetworkAddress address, in Misbehavior what)
    {
        var score = Scores.Increase(address, what);
        if (score.Action < MisbehaviorAction.Discourage)
            return score;
        if (score.Action == MisbehaviorAction.Ban && TryBan(address, what, score))
            return score;
        Discouraged.Add(address);
        return new HostScore(score.Score, score.NetgroupScore, MisbehaviorAction.Discourage);
    }

    private bool TryBan(in NetworkAddress address, in Misbehavior what, HostScore score)
    {
        var target = new BanTarget(NetworkSubnet.FromHost(address));
        var outcome = Bans.Add(target, _banDuration, BanCause.Misbehavior, $"{what.Name}, score {score.Score}");
        if (outcome == BanOutcome.ListFull)
            return false;
        Scores.Reset(address);
        return true;
    }
}
