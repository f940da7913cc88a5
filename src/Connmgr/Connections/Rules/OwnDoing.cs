namespace Connmgr.Rules;

/// <summary>Tells the ends that the manager or its user brought about, which prove nothing about an address, from those that came from outside.</summary>
internal static class OwnDoing
{
    public static bool IsOwnDoing(this ConnectFailureCause cause) =>
        cause is ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped;

    public static bool IsOwnDoing(this DisconnectCause cause) => cause is DisconnectCause.Closed or DisconnectCause.Disconnected or DisconnectCause.Removed
        or DisconnectCause.Superseded or DisconnectCause.LimitLowered or DisconnectCause.GateRefused or DisconnectCause.Evicted or DisconnectCause.NetworkSuspended
        or DisconnectCause.Stopped;
}
