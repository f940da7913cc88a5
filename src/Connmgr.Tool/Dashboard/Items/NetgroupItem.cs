namespace Connmgr.Tool;

/// <summary>How many inbound peers come from one part of the network. The names are those of the JSON.</summary>
/// <param name="Group">Its prefix, such as <c>1.2.0.0/16</c>; <c>local</c> for addresses that are not public, <c>onion</c> for those by our onion service.</param>
/// <param name="Peers">How many.</param>
internal sealed record NetgroupItem(string Group, int Peers);
