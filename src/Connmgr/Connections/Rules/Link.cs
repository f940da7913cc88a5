using System.Net;

namespace Connmgr.Rules;

/// <summary>The phases of a link, in order. A link that a peer opened begins with its handshake.</summary>
internal enum LinkPhase
{
    /// <summary>Not begun.</summary>
    None,

    Dialing,

    Handshaking,

    Established,

    Ended,
}

/// <summary>
/// One attempt, and the connection that results from it, from the start of the dial to the end. Changed by the rules alone. Design C-3.
/// </summary>
internal sealed class Link(Request request, TimeSpan startedAt) : Timed
{
    private volatile OutboundGroup? _group;

    // Indexes below 32, as bytes, which keep the object small.
    private sbyte _groupIndex = -1;
    private sbyte _origin = -1;

    public Request Request => request;

    /// <summary>The moment when its first phase began: the dial, or the handshake of one that a peer opened.</summary>
    public TimeSpan StartedAt => startedAt;

    /// <summary>The moment when its handshake began; zero when none did.</summary>
    public TimeSpan HandshakeStartedAt { get; set; }

    public LinkPhase Phase { get; set; } = LinkPhase.Dialing;

    /// <summary>The phase as users see it, which distinguishes a dial through a proxy.</summary>
    public ConnectPhase ConnectPhase => this switch
    {
        { Phase: LinkPhase.Handshaking } => ConnectPhase.Handshake,
        { Route.IsProxied: true } => ConnectPhase.Proxy,
        _ => ConnectPhase.Tcp,
    };

    /// <summary>The moment when the phase under way must be done.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>The moment when it no longer counts as its slot's only attempt.</summary>
    public TimeSpan AgesAt { get; set; }

    /// <summary>True when it no longer counts as its slot's only attempt; only for automatic attempts.</summary>
    public bool IsAged { get; set; }

    /// <summary>
    /// The time when it counts as silent: long after another attempt may start for its slot, so that slow hosts do not count as silent.
    /// </summary>
    public TimeSpan SilentAt => AgesAt + (3 * (AgesAt - StartedAt));

    /// <summary>True when it is counted as silent; once for each link.</summary>
    public bool IsSilent { get; set; }

    /// <summary>The number of consecutive automatic attempts before it that did not become a connection.</summary>
    public int FruitlessBefore { get; set; }

    public Route? Route { get; set; }

    public Netgroup Netgroup { get; set; }

    /// <summary>The profile of an automatic link or a trial: fixed when it is dialled.</summary>
    public string Profile { get; init; } = string.Empty;

    /// <summary>The traits of the peer, or those that the source expects; see <see cref="KnowsTraits"/>.</summary>
    public UInt128 Traits { get; set; }

    /// <summary>True when <see cref="Traits"/> are set. Otherwise an attempt is assumed to have any.</summary>
    public bool KnowsTraits { get; set; }

    /// <summary>The groups whose requirements an automatic link meets, or is assumed to meet while it is an attempt; one bit each.</summary>
    public uint Fits { get; set; }

    /// <summary>
    /// The index of its group: of an attempt the one that it is meant for, of a reconnect the one that keeps its place; -1 for none.
    /// </summary>
    public int GroupIndex { get => _groupIndex; set => _groupIndex = (sbyte)value; }

    /// <summary>The index of the group that a connection was in when the event began; -1 when it was in none. See <see cref="GroupAssignment"/>.</summary>
    public int Origin { get => _origin; set => _origin = (sbyte)value; }

    /// <summary>The index in <see cref="GroupAssignment.Moved"/>; -1 if it is not there.</summary>
    public int MoveIndex { get; set; } = -1;

    /// <summary>The group that a connection is in. May be read from any thread.</summary>
    public OutboundGroup? Group { get => _group; set => _group = value; }

    /// <summary>The remote address, if it is known and claimed in addition to the dialled address.</summary>
    public EndPoint? RemoteKey { get; set; }

    public EndPoint? RemoteEndPoint { get; set; }

    /// <summary>The permissions of an inbound connection.</summary>
    public ConnectionPermissions Permissions { get; init; }

    /// <summary>True when an inbound connection takes one of the places kept for the allow-list.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>True when an inbound connection's address is discouraged.</summary>
    public bool IsDiscouraged { get; set; }

    /// <summary>The facts that decide about the eviction of an inbound connection; null for an outbound one.</summary>
    public PeerFacts? Facts { get; init; }

    /// <summary>The address whose network counts for its group: the remote one if it is known.</summary>
    public EndPoint? GroupAddress => RemoteEndPoint is IPEndPoint remote ? remote : request.EndPoint;

    /// <summary>The moment when it became a connection; zero when it did not.</summary>
    public TimeSpan EstablishedAt { get; set; }

    /// <summary>True when the shell runs the dial or the handshake and has not reported its end.</summary>
    public bool IsRunning { get; set; }

    /// <summary>True when it was given up while it was running, and still counts among the hedged dials.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>
    /// The list that it is in: automatic attempts, automatic connections, or inbound links; null for the links of one-off and permanent
    /// requests.
    /// </summary>
    public LinkList? List { get; set; }

    /// <summary>The link before it in the list.</summary>
    public Link? Previous { get; set; }

    /// <summary>The link after it in the list.</summary>
    public Link? Next { get; set; }

    /// <summary>The shell's object for it.</summary>
    public object? Handle { get; set; }

    /// <summary>Determines whether a predicate holds for its address. If a name was dialled, both the name and its address count.</summary>
    public bool Matches(Func<EndPoint, bool> predicate) =>
        (RemoteEndPoint is { } remote && predicate(EndPointKey.BorrowPlain(remote))) || (request.EndPoint is { } dialled && predicate(dialled));

    /// <summary>Gets the outcome of the attempt, which ends now; without a cause it succeeded.</summary>
    public AttemptOutcome OutcomeAt(
        TimeSpan now, ConnectPhase phase = ConnectPhase.None, ConnectFailureCause cause = ConnectFailureCause.None, Exception? exception = null, int shortConnections = 0) => new()
        {
            RequestId = request.Id,
            EndPoint = request.EndPoint ?? RemoteEndPoint,
            Phase = phase,
            Cause = cause,
            Duration = now - startedAt,
            Exception = exception,
            Tag = request.Tag,
            ShortConnections = shortConnections,
            CountsAgainstAddress = Route is { IsProbing: false } && cause is ConnectFailureCause.Refused
            or ConnectFailureCause.Timeout or ConnectFailureCause.Unreachable or ConnectFailureCause.Reset
            or ConnectFailureCause.ProtocolViolation or ConnectFailureCause.NameNotFound or ConnectFailureCause.SelfConnection,
        };
}
