using System.Text;

namespace Connmgr;

/// <summary>A connection to Tor's control port: one command after the other, and events in between. Not thread-safe.</summary>
/// <param name="stream">The connection, which belongs to its creator.</param>
/// <param name="onEvent">Called with each event, in between replies.</param>
internal sealed class TorControlSession(Stream stream, Action<TorReply> onEvent)
{
    private readonly TorReplyParser _parser = new();
    private readonly byte[] _buffer = new byte[4096];

    /// <summary>Sends a command and waits for its reply.</summary>
    /// <param name="command">The command, without its end of line.</param>
    /// <param name="cancellationToken">Ends the wait; the session is then of no further use.</param>
    /// <returns>The reply, whatever its status.</returns>
    /// <exception cref="TorControlException">The connection ended, or what came is not Tor's.</exception>
    public async ValueTask<TorReply> SendAsync(string command, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{command}\r\n"), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var reply = await ReadAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new TorControlException("Tor closed the connection");
            if (!reply.IsEvent)
                return reply;
            onEvent(reply);
        }
    }

    /// <summary>Takes events until Tor closes the connection.</summary>
    /// <exception cref="TorControlException">What came is no event.</exception>
    public async ValueTask ListenAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } reply)
        {
            if (!reply.IsEvent)
                throw new TorControlException(Invariant($"a reply came without a command: {reply.Status}"));
            onEvent(reply);
        }
    }

    private async ValueTask<TorReply?> ReadAsync(CancellationToken cancellationToken)
    {
        TorReply reply;
        while (!_parser.TryTake(out reply))
        {
            var count = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0)
                return null;
            _parser.Push(_buffer.AsSpan(0, count));
        }

        return reply;
    }
}
