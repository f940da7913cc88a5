namespace Connmgr.Hosting;

/// <summary>What a hosted service starts and stops.</summary>
/// <param name="Connections">Its manager.</param>
/// <param name="Start">Starts it; does not wait for connections.</param>
/// <param name="Stop">Stops it, and waits until the token fires.</param>
/// <param name="DefaultPort">The port of peers that come without one; 0 for none.</param>
internal sealed record Hosted(ConnectionManager Connections, Func<CancellationToken, Task> Start, Func<CancellationToken, Task> Stop, int DefaultPort);
