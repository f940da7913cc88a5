namespace Connmgr.Tool;

/// <summary>A row of the table of peers.</summary>
/// <param name="Facts">The peer.</param>
/// <param name="Age">Since it was connected.</param>
internal sealed record LivePeer(PeerFacts Facts, TimeSpan Age);
