using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>What can be asked of a run about its peers.</summary>
internal static class PeerVerbs
{
    /// <summary>The peers that are connected, and those that are to be.</summary>
    public static ControlVerb<NoArguments, PeerItem> List { get; } =
        new("peers.list", ControlJson.Default.NoArguments, ControlJson.Default.PeerItem);

    /// <summary>Connects to one more peer, and tells how the first attempt ended.</summary>
    public static ControlVerb<ConnectArguments, ConnectItem> Connect { get; } =
        new("peers.connect", ControlJson.Default.ConnectArguments, ControlJson.Default.ConnectItem);

    /// <summary>Ends connections or attempts. A permanent peer is tried again, an automatic one is replaced.</summary>
    public static ControlVerb<PeerArguments, PeerItem> Disconnect { get; } =
        new("peers.disconnect", ControlJson.Default.PeerArguments, ControlJson.Default.PeerItem);

    /// <summary>Ends requests for good, with their connections.</summary>
    public static ControlVerb<PeerArguments, PeerItem> Remove { get; } =
        new("peers.remove", ControlJson.Default.PeerArguments, ControlJson.Default.PeerItem);

    /// <summary>Changes the number of automatic peers.</summary>
    public static ControlVerb<TargetArguments, TargetItem> SetTarget { get; } =
        new("peers.setTarget", ControlJson.Default.TargetArguments, ControlJson.Default.TargetItem);

    /// <summary>How things stand, and then each peer.</summary>
    public static ControlVerb<NoArguments, JsonElement> Snapshot { get; } =
        new("snapshot", ControlJson.Default.NoArguments, ControlJson.Default.JsonElement);

    /// <summary>
    /// A snapshot, and then what happens, until the client sends no more. One that falls behind gets one <c>dropped</c> with the count,
    /// and a snapshot.
    /// </summary>
    public static ControlVerb<NoArguments, JsonElement> Watch { get; } =
        new("watch", ControlJson.Default.NoArguments, ControlJson.Default.JsonElement) { IsLive = true };
}
