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

    /// <summary>Creates a reputation.</summary>
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
    /// Records the misbehaviour of a peer, and discourages or bans its host if the score requires it. A ban resets the score. Do not report
    /// peers that are exempt: those with <see cref="ConnectionPermissions.NoBan"/> and those that the user named.
    /// </summary>
    /// <param name="endPoint">
    /// The endpoint of the peer, from the connection. Nothing is recorded for an address that does not stand for a single host: one that is
    /// not publicly routable (<see cref="NetworkAddress.IsRoutable"/>), because many peers may arrive through a gateway or a local Tor
    /// there, one that <see cref="PeerReputationOptions.IsShared"/> recognizes, a host name, and null. In these cases only the connection
    /// can be closed.
    /// </param>
    /// <param name="misbehavior">The misbehaviour.</param>
    /// <returns>The resulting score, and the action.</returns>
    public HostScore ReportMisbehavior(EndPoint? endPoint, in Misbehavior misbehavior)
    {
        if (!NetworkEndPoint.TryFromEndPoint(endPoint, out var peer) || !peer.Address.ToCjdns().IsRoutable || _isShared(peer.Address))
            return default;
        var score = Count(peer.Address, misbehavior);
        Scored?.Invoke(misbehavior.Name, score.Action);
        return score;
    }

    /// <summary>
    /// Records the misbehaviour of the peer of a connection, as <see cref="ReportMisbehavior(EndPoint?, in Misbehavior)"/> does. Nothing is
    /// recorded for an inbound connection through an onion service or from this machine, because its address is not the peer's.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="misbehavior">The misbehaviour.</param>
    /// <returns>The resulting score, and the action.</returns>
    public HostScore ReportMisbehavior(Connection connection, in Misbehavior misbehavior)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.NoteMisbehavior();
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
