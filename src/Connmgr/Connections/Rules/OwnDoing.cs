namespace Connmgr.Rules;

/// <summary>Distinguishes ends that the manager or its user caused, which prove nothing about an address, from external ones.</summary>
internal static class OwnDoing
{
    public static bool IsOwnDoing(this ConnectFailureCause cause) =>
        cause is ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped;

    public static bool IsOwnDoing(this DisconnectCause cause) => cause is DisconnectCause.Closed or DisconnectCause.Disconnected or DisconnectCause.Removed
        or DisconnectCause.Superseded or DisconnectCause.LimitLowered or DisconnectCause.GateRefused or DisconnectCause.Evicted or DisconnectCause.NetworkSuspended
        or DisconnectCause.Stopped or DisconnectCause.Unsuited or DisconnectCause.Replaced or DisconnectCause.NetworkChanged;
}
