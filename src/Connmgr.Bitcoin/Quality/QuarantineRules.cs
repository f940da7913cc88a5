namespace Connmgr.Bitcoin;

/// <summary>Decides what the end of a connection or attempt says about a peer. Has neither state nor clock.</summary>
internal static class QuarantineRules
{
    /// <summary>Judges the end of an automatic connection.</summary>
    /// <param name="cause">The cause of the end.</param>
    /// <param name="stayed">The duration of the connection.</param>
    /// <param name="options">The options.</param>
    /// <returns>The cause to rest, if there is one, and true in the second place when the connection speaks for the peer.</returns>
    public static (QuarantineCause? Cause, bool Lasted) JudgeEnd(DisconnectCause cause, TimeSpan stayed, PeerQuarantine options)
    {
        QuarantineCause? reason = cause switch
        {
            DisconnectCause.PingTimeout or DisconnectCause.SendTimeout => QuarantineCause.TimedOut,
            DisconnectCause.PeerClosed or DisconnectCause.Reset when stayed < options.LeavesWithin => QuarantineCause.LeftEarly,
            _ => null,
        };
        return (reason, stayed >= options.LastsFrom);
    }

    /// <summary>
    /// Judges a failed attempt. Only the handshake counts: dead addresses are the address book's concern, and there are too many of them.
    /// </summary>
    /// <returns>The cause to rest; null for none.</returns>
    public static QuarantineCause? JudgeFailure(ConnectPhase phase, ConnectFailureCause cause) => (phase, cause) switch
    {
        (ConnectPhase.Handshake, ConnectFailureCause.Timeout) => QuarantineCause.TimedOut,
        (ConnectPhase.Handshake, ConnectFailureCause.Reset) => QuarantineCause.LeftEarly,
        _ => null,
    };

    /// <summary>Determines whether a peer lacks services that its address promised and that are wanted of peers.</summary>
    /// <param name="promised">The services of the address, according to the book.</param>
    /// <param name="offered">The services that the peer offers.</param>
    /// <param name="wanted">The services that matter.</param>
    public static bool LacksPromised(NodeServices promised, NodeServices offered, NodeServices wanted) =>
        (promised & wanted & ~offered) != NodeServices.None;

    /// <summary>Gets the rest after a number of causes in a row, from 1: doubled each time, up to the longest.</summary>
    public static TimeSpan GetRest(int times, PeerQuarantine options) =>
        TimeSpan.FromTicks((long)Math.Min(options.FirstRest.Ticks * Math.Pow(2, Math.Min(times - 1, 60)), options.LongestRest.Ticks));
}
