using System.Text;

namespace Connmgr;

/// <summary>
/// A connection to an I2P router: one command after the other, each with a reply of one line. What follows the last reply belongs to the
/// peer, so no byte beyond a line is read. Not thread-safe.
/// </summary>
/// <param name="stream">The connection, which now belongs to this.</param>
internal sealed class SamConnection(Stream stream) : IDisposable
{
    /// <summary>The longest line, without its end, in bytes.</summary>
    public const int MaxLineLength = 65_536;

    private readonly byte[] _one = new byte[1];
    private byte[] _line = new byte[128];

    /// <summary>The connection.</summary>
    public Stream Stream => stream;

    /// <summary>Sends a command and waits for a reply of some kind that reports success.</summary>
    /// <param name="command">The command, without its end of line.</param>
    /// <param name="topic">The first word of the reply.</param>
    /// <param name="kind">The second word.</param>
    /// <param name="cancellationToken">Ends the wait; the connection is then of no further use.</param>
    /// <exception cref="SamException">The router refused, closed the connection, or sent something else.</exception>
    public async ValueTask<SamReply> RequestAsync(string command, string topic, string kind, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\n"), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        var line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        return Check(line, topic, kind);
    }

    /// <summary>Reads a line.</summary>
    /// <exception cref="SamException">The router closed the connection, or the line is too long.</exception>
    public async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        for (var length = 0; ; length++)
        {
            if (await stream.ReadAsync(_one, cancellationToken).ConfigureAwait(false) == 0)
                throw new SamException("the router closed the connection");
            if (_one[0] == '\n')
                return Encoding.Latin1.GetString(_line, 0, length > 0 && _line[length - 1] == '\r' ? length - 1 : length);
            if (length == MaxLineLength)
                throw new SamException(Invariant($"the router sent a line of more than {MaxLineLength} bytes"));
            if (length == _line.Length)
                Array.Resize(ref _line, 2 * _line.Length);
            _line[length] = _one[0];
        }
    }

    /// <summary>Checks a line: it must be a reply of some kind that reports success.</summary>
    /// <exception cref="SamException">It is not.</exception>
    public static SamReply Check(string line, string topic, string kind)
    {
        if (!SamReply.TryParse(line, out var reply)
            || !string.Equals(reply.Topic, topic, StringComparison.Ordinal) || !string.Equals(reply.Kind, kind, StringComparison.Ordinal))
        {
            throw new SamException($"the router sent '{SamReply.Printable(line)}' instead of {topic} {kind}; is it an I2P router's SAM port?");
        }

        // DEST REPLY has no result when it succeeds.
        var isOk = reply.Result is null ? topic is "DEST" : reply.Result is SamReply.Ok;
        return isOk ? reply : throw new SamException($"the router answered {topic} {kind} {reply.Shown}", reply.Result);
    }

    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception)
        {
            // It is given up.
        }
    }
}
