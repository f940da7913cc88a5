using System.Net;

namespace Connmgr;

/// <summary>
/// The manager's control over the dial of a host name: whatever dialer the user configured, the underlying <see cref="TcpDialer"/> asks
/// before it connects to one of the name's addresses. It flows with the execution context of the dial, because all dialers pass that on.
/// Design C-11.
/// </summary>
internal static class NameDial
{
    private static readonly AsyncLocal<Connection?> Current = new();

    /// <summary>Marks the rest of the calling asynchronous method as the dial of a connection to a name.</summary>
    public static void Begin(Connection connection) => Current.Value = connection;

    /// <summary>Asks whether an address may be connected.</summary>
    /// <exception cref="ConnectFailedException">It may not: it is banned, or another request has it. The message names that request.</exception>
    public static async ValueTask ReserveAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        if (Current.Value is not { } connection)
            return;
        if (await connection.ReserveAsync(address, cancellationToken).ConfigureAwait(false) is { } refusal)
            throw refusal;
    }
}
