using System.Text.Json.Serialization;

namespace Connmgr.Fleet;

/// <summary>The state of a <see cref="FleetConnection"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FleetState>))]
public enum FleetState
{
    /// <summary>Redis does not answer. Connections stay, and nothing new is begun.</summary>
    Lost,

    /// <summary>
    /// Redis answers, but others may hold what it has forgotten: for one lease period it accepts renewals only. So after an outage of more
    /// than half a lease period, a failover, a restart, a loss of data, and at the first start of a fleet.
    /// </summary>
    Settling,

    /// <summary>Redis answers, and new work may begin.</summary>
    Ready,
}

/// <summary>A change of the state of a <see cref="FleetConnection"/>. Immutable.</summary>
public sealed class FleetStateChangedEventArgs : EventArgs
{
    internal FleetStateChangedEventArgs(FleetState state, string? reason) => (State, Reason) = (state, reason);

    /// <summary>The new state.</summary>
    public FleetState State { get; }

    /// <summary>The cause of <see cref="FleetState.Lost"/>, in words; null for other states.</summary>
    public string? Reason { get; }
}
