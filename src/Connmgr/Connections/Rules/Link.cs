using System.Net;

namespace Connmgr.Rules;

/// <summary>The phases of a link, in their order; one that a peer opened begins with its handshake.</summary>
internal enum LinkPhase
{
    /// <summary>Not begun.</summary>
    None,

    Dialing,

    Handshaking,

    Established,

    Ended,
}

/// <summary>One attempt and the connection that came of it, from the start of the dial to the end. Changed by the rules alone.</summary>
internal sealed class Link(Request request, TimeSpan startedAt) : Timed
{
    public Request Request => request;

    /// <summary>When its first phase began: the dial, or the handshake of one that a peer opened.</summary>
    public TimeSpan StartedAt => startedAt;

    /// <summary>When its handshake began; zero when none did.</summary>
    public TimeSpan HandshakeStartedAt { get; set; }

    public LinkPhase Phase { get; set; } = LinkPhase.Dialing;

    /// <summary>The phase for those who watch attempts, who tell proxies from hosts.</summary>
    public ConnectPhase ConnectPhase => this switch
    {
        { Phase: LinkPhase.Handshaking } => ConnectPhase.Handshake,
        { Route.IsProxied: true } => ConnectPhase.Proxy,
        _ => ConnectPhase.Tcp,
    };

    /// <summary>When the phase under way must be done.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>When it stops to count as its slot's only attempt.</summary>
    public TimeSpan AgesAt { get; set; }

    public bool IsAged { get; set; }

    /// <summary>When it counts as silent: far beyond the time at which a slow host is given company.</summary>
    public TimeSpan SilentAt => AgesAt + (3 * (AgesAt - StartedAt));

    public bool IsSilent { get; set; }

    /// <summary>How many automatic attempts in a row before it became no connection.</summary>
    public int FruitlessBefore { get; set; }

    public Route? Route { get; set; }

    public Netgroup Netgroup { get; set; }

    /// <summary>The remote address, once known and when it is claimed beside the address dialled.</summary>
    public EndPoint? RemoteKey { get; set; }

    public EndPoint? RemoteEndPoint { get; set; }

    /// <summary>What an inbound connection may do.</summary>
    public ConnectionPermissions Permissions { get; init; }

    /// <summary>Whether an inbound connection takes one of the places of the allowed ranges.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>Whether an inbound connection's address is discouraged.</summary>
    public bool IsDiscouraged { get; set; }

    /// <summary>What an inbound connection was good for.</summary>
    public PeerFacts? Facts { get; init; }

    /// <summary>When it became a connection; zero when it did not.</summary>
    public TimeSpan EstablishedAt { get; set; }

    /// <summary>Whether the shell runs the dial or the handshake and has not reported its end.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Whether it was given up while it ran, and still counts among the hedged dials.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Where it is listed: among the automatic attempts, the automatic connections, or the inbound ones.</summary>
    public LinkList? List { get; set; }

    /// <summary>The one before it there.</summary>
    public Link? Previous { get; set; }

    /// <summary>The one after it there.</summary>
    public Link? Next { get; set; }

    /// <summary>The shell's own.</summary>
    public object? Handle { get; set; }

    /// <summary>Determines whether a predicate holds for its address. A name was dialled and led to an address: either may be meant.</summary>
    public bool Matches(Func<EndPoint, bool> predicate) =>
        (RemoteEndPoint is { } remote && predicate(EndPointKey.Plain(remote))) || (request.EndPoint is { } dialled && predicate(dialled));

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
            or ConnectFailureCause.Protocol or ConnectFailureCause.NameNotFound or ConnectFailureCause.SelfConnection,
    };
}
