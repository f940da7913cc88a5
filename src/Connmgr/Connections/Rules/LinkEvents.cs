using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The events of links: a dial, a handshake or a handler has returned, or a listener has accepted a connection. Those that return a value
/// return true when <see cref="ConnectionRules"/> must compare the states afterwards.
/// </summary>
/// <param name="parts">The tables.</param>
/// <param name="life">Takes the steps of requests.</param>
/// <param name="ids">The ids of inbound connections.</param>
internal sealed class LinkEvents(RulesParts parts, RequestLife life, IdSequence ids)
{
    /// <summary>Admits or refuses a connection that a listener accepted.</summary>
    /// <returns>The connection; null if it is refused.</returns>
    public Link? Accept(EndPoint? remoteEndPoint, ListenerInfo listener, TimeSpan now, out ConnectFailureCause refusal)
    {
        InboundAttempt attempt = default;
        refusal = parts.IsStopped ? ConnectFailureCause.Stopped
            : !parts.IsActive ? ConnectFailureCause.Canceled
            : parts.Admission.Check(remoteEndPoint, listener, now, out attempt);
        if (refusal == ConnectFailureCause.None)
            refusal = life.MakeRoomFor(attempt, now);
        if (refusal != ConnectFailureCause.None)
            return null;

        var link = parts.Admission.Admit(attempt, ids.Next(), remoteEndPoint, now);
        parts.Requests.Add(link.Request.Id, link.Request);
        life.BeginHandshakeOrEstablish(link, now);
        return link;
    }

    /// <summary>Handles the success of a dial.</summary>
    public bool OnDialed(Link link, EndPoint? remoteEndPoint, TimeSpan now)
    {
        if (!TakeReturn(link, out var isReleased))
            return isReleased;
        if (link.Route is { } route)
            life.Report(route, OutageTracker.NoteAnswer(route, now));
        link.RemoteEndPoint = remoteEndPoint;
        var refusal = parts.Remotes.Claim(link, out var exception);
        parts.Reserved.Release(link);
        if (refusal == ConnectFailureCause.None)
            life.BeginHandshakeOrEstablish(link, now);
        else
            life.Fail(link, ConnectPhase.Tcp, refusal, exception, now);
        return true;
    }

    /// <summary>Handles the success of a handshake.</summary>
    public bool OnHandshaken(Link link, UInt128 traits, TimeSpan now)
    {
        if (!TakeReturn(link, out var isReleased))
            return isReleased;
        if (parts.Gatekeeper.Rejudge(link))
            life.Fail(link, ConnectFailureCause.GateRefused, now); // Banned since it was dialled or accepted.
        else
            life.Establish(link, traits, now);
        return true;
    }

    /// <summary>Handles the failure of a dial or a handshake.</summary>
    public bool OnFailed(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        if (!TakeReturn(link, out var isReleased))
            return isReleased;
        life.Fail(link, phase == ConnectPhase.None ? link.ConnectPhase : phase, cause, exception, now);
        return true;
    }

    /// <summary>Handles the end of a connection's handler, or of a connection that its user closed.</summary>
    public bool OnEnded(Link link, DisconnectReason reason, TimeSpan now)
    {
        switch (link.Phase)
        {
            case LinkPhase.Established:
                life.Close(link, reason, triggerReconnect: false, now);
                return true;
            case LinkPhase.Handshaking:
                // The handshake closed the connection itself: it found the peer unsuitable. Design C-17.
                var judgement = new ConnectFailedException(
                    ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, $"The handshake closed the connection: {reason.Detail ?? "no reason given"}.");
                life.Fail(link, ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, judgement, now);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Records that the shell's dial or handshake has returned.</summary>
    /// <param name="link">The link.</param>
    /// <param name="isReleased">True when the attempt had been abandoned, and its slot is free now.</param>
    /// <returns>False if the attempt has already ended.</returns>
    private bool TakeReturn(Link link, out bool isReleased)
    {
        link.IsRunning = false;
        isReleased = link is { Phase: LinkPhase.Ended, IsAbandoned: true };
        if (isReleased)
            parts.Slots.Release(link);
        return link.Phase != LinkPhase.Ended;
    }
}
