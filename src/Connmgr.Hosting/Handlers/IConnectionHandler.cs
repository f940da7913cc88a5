namespace Connmgr.Hosting;

/// <summary>
/// Handles one connection of a <see cref="ConnectionManager"/>, in either direction. Made with the services of a scope of its own when the
/// connection is established; the scope is disposed when its task has ended.
/// </summary>
public interface IConnectionHandler
{
    /// <summary>Handles the connection: its task is the connection's life (<see cref="ConnectionManagerOptions.OnConnection"/>).</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends otherwise; the task is to end then.</param>
    /// <returns>Ends the connection when it completes.</returns>
    Task HandleAsync(Connection connection, CancellationToken cancellationToken);
}
