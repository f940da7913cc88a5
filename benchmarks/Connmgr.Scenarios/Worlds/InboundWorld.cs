namespace Connmgr.Scenarios;

/// <summary>Inbound connections of a client on loopback, all of which come from one host: the limits by host and prefix, which are there to forbid exactly that, are lifted.</summary>
internal static class InboundWorld
{
    public const string Note = "host-limits=lifted";

    public static InboundLimits OneHost() => new() { MaxPerHost = int.MaxValue, MaxPerPrefix = int.MaxValue, AcceptsPerSecond = double.PositiveInfinity };
}
