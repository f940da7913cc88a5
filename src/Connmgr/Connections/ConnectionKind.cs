using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The purpose of a connection, or of a request for one.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionKind>))]
public enum ConnectionKind
{
    /// <summary>Fills one of the <see cref="ConnectionManagerOptions.TargetOutbound"/> slots with an address of the source.</summary>
    Automatic,

    /// <summary>Requested by <see cref="ConnectionManager.Connect"/> or <see cref="ConnectionManager.NewConnectionRequest"/>; not retried.</summary>
    OneOff,

    /// <summary>Requested by <see cref="ConnectionManager.Connect"/> as permanent; retried until it is removed.</summary>
    Permanent,

    /// <summary>Opened by the peer.</summary>
    Inbound,

    /// <summary>
    /// Requested by <see cref="ConnectionManager.ConnectTrial"/> in addition to the target, to be promoted to an automatic one or ended; not
    /// retried. At most <see cref="ConnectionManagerOptions.MaxTrials"/>.
    /// </summary>
    Trial,
}

/// <summary>The side that opened a connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionDirection>))]
public enum ConnectionDirection
{
    /// <summary>This program dialled the peer.</summary>
    Outbound,

    /// <summary>The peer dialled a listener of this program.</summary>
    Inbound,
}
