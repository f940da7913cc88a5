namespace Connmgr.Bitcoin;

/// <summary>Sends the messages to a peer, and ends it when that fails or the program asks for it. Thread-safe.</summary>
/// <param name="writer">The writer.</param>
/// <param name="end">The end of the peer.</param>
/// <param name="connection">The connection, which knows the reason for its end; null for a stream without one.</param>
internal sealed class PeerSender(FrameWriter writer, PeerEnd end, Connection? connection)
{
    /// <summary>Sends a message: <see cref="BitcoinPeer.SendAsync"/>.</summary>
    public async ValueTask SendAsync(MessageCommand command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(command, payload, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ArgumentException && (e is not OperationCanceledException || end.HasBegun))
        {
            await end.EndAsync(e).ConfigureAwait(false);
            throw new IOException($"The message '{command}' could not be sent: {DescribeEnd()}", end.Reason);
        }
    }

    /// <summary>Sends messages that are encoded already: <see cref="BitcoinPeer.TrySendAsync"/>.</summary>
    public async ValueTask<bool> TrySendAsync(FrameBatch message, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (BitcoinProtocolException e) when (e.Violation == ProtocolViolation.SendBacklog)
        {
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException || end.HasBegun)
        {
            await end.EndAsync(e).ConfigureAwait(false);
            throw new IOException($"The message could not be sent: {DescribeEnd()}", end.Reason);
        }
    }

    /// <summary>Ends the connection: <see cref="BitcoinPeer.Close(string)"/>.</summary>
    public void Close(string? detail)
    {
        if (connection is null)
            _ = end.EndAsync(new IOException($"This program closed the connection: {detail ?? "no cause was given"}."), new(DisconnectCause.Closed, detail));
        else if (detail is null)
            connection.Close();
        else
            connection.Close(detail);
    }

    /// <summary>Ends the connection for a cause: <see cref="BitcoinPeer.Close(DisconnectCause, string)"/>.</summary>
    public void Close(DisconnectCause cause, string? detail)
    {
        if (connection is null)
            _ = end.EndAsync(new DisconnectedException(cause, detail ?? $"This program closed the connection: {cause}."));
        else
            connection.Close(cause, detail);
    }

    /// <summary>Describes the reason for the end: that of the connection when it ended the peer.</summary>
    public string Describe(Exception reason) =>
        reason is OperationCanceledException && connection?.Reason is { } ended ? ended.ToString() : reason.Message;

    private string DescribeEnd() => end.Reason is OperationCanceledException && connection?.Reason is { } reason
        ? $"the connection has ended ({reason})."
        : "the connection has ended.";
}
