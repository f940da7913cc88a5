namespace Connmgr.Tool;

/// <summary>The arguments of <c>peers.connect</c>.</summary>
/// <param name="Address">HOST[:PORT].</param>
/// <param name="Permanent">Whether it is tried again until it is removed.</param>
internal sealed record ConnectArguments(string Address, bool Permanent = false);
