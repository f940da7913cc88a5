using System.Net;

namespace Connmgr;

/// <summary>
/// The manager's say in the dial of a host name: whatever dialer the user gave, the <see cref="TcpDialer"/> at the end of it asks before it connects to one of the name's
/// addresses. It flows with the dial's execution context, for there is nothing else that all dialers pass on. Design C-11.
/// </summary>
internal static class NameDial
{
    private static readonly AsyncLocal<Connection?> Current = new();

    /// <summary>Says that what follows in this asynchronous method is the dial of a connection to a name.</summary>
    public static void Begin(Connection connection) => Current.Value = connection;

    /// <summary>Asks whether an address may be connected to.</summary>
    /// <exception cref="ConnectFailedException">It may not: it is banned, or another request has it. The message says whose it is.</exception>
    public static async ValueTask ReserveAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        if (Current.Value is not { } connection)
            return;
        if (await connection.ReserveAsync(address, cancellationToken).ConfigureAwait(false) is { } refusal)
            throw refusal;
    }
}
