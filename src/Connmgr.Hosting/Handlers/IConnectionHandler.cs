namespace Connmgr.Hosting;

/// <summary>
/// Handles one connection of a <see cref="ConnectionManager"/>, in either direction. Created from a new service scope when the connection
/// is established; the scope is disposed when the handler's task has ended.
/// </summary>
public interface IConnectionHandler
{
    /// <summary>Handles the connection, which lasts as long as the returned task (<see cref="ConnectionManagerOptions.OnConnection"/>).</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends for another reason; the task must then end.</param>
    /// <returns>A task whose completion ends the connection.</returns>
    Task HandleAsync(Connection connection, CancellationToken cancellationToken);
}
