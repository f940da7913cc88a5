namespace Connmgr.Tool;

/// <summary>The first line of a run to its client.</summary>
/// <param name="Protocol">The version of the protocol: <see cref="ControlProtocol.Version"/>.</param>
/// <param name="Process">The id of the process.</param>
/// <param name="Network">The name of the network that it connects to.</param>
internal sealed record ControlGreeting(int Protocol, int Process, string Network);
