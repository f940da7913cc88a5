namespace Connmgr.Scenarios;

/// <summary>What a server's connection does most of its life: it waits in a read, without a buffer, until there is something.</summary>
internal static class WaitingRead
{
    public static async Task UntilSomethingAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (await connection.Stream.ReadAsync(Memory<byte>.Empty, cancellationToken) != 0)
            throw new InvalidOperationException("A read of no bytes gave some.");
    }
}
