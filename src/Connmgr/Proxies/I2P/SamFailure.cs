namespace Connmgr;

/// <summary>The meaning of the results with which an I2P router refuses. Pure.</summary>
internal static class SamFailure
{
    /// <summary>Determines whether a result shows something about the peer, and nothing about the router.</summary>
    public static bool IsOfPeer(string? result) => GetCause(result) is ConnectFailureCause.Timeout or ConnectFailureCause.Unreachable;

    /// <summary>Determines whether a result of STREAM CONNECT can mean that the router takes no names there, as old versions of i2pd.</summary>
    public static bool IsOfName(string? result) => result is "INVALID_KEY";

    /// <summary>Determines whether a result means that the session is over.</summary>
    public static bool IsOfSession(string? result) => result is "INVALID_ID";

    /// <summary>Gets the cause of a failed connection.</summary>
    /// <param name="result">The result; null when the router sent none.</param>
    public static ConnectFailureCause GetCause(string? result) => result switch
    {
        "TIMEOUT" => ConnectFailureCause.Timeout,

        // A .b32.i2p name is not found while its destination is offline.
        "CANT_REACH_PEER" or "PEER_NOT_FOUND" or "KEY_NOT_FOUND" or "INVALID_KEY" => ConnectFailureCause.Unreachable,
        "I2P_ERROR" => ConnectFailureCause.Unknown, // Of anything.
        _ => ConnectFailureCause.ProxyUnreachable,
    };
}
