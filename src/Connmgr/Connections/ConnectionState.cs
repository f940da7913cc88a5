using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The state of a <see cref="ConnectionRequest"/>, as in btcd's connmgr.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionState>))]
public enum ConnectionState
{
    /// <summary>Waiting for an address, being dialled, in its handshake, or waiting to be dialled again after a connection ended.</summary>
    Pending,

    /// <summary>The last attempt failed; waiting to be dialled again.</summary>
    Failing,

    /// <summary>Ended without a connection: it failed for good or was given up. Final.</summary>
    Canceled,

    /// <summary>Connected.</summary>
    Established,

    /// <summary>Ended after a connection. Final.</summary>
    Disconnected,
}
