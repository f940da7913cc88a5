namespace Connmgr.Tool;

/// <summary>
/// Splits a stream into lines of bounded length, each ended by a line feed. Its buffer grows with its input, up to that length. Not
/// thread-safe.
/// </summary>
internal sealed class LineReader(Stream stream, int maxLength)
{
    private byte[] _buffer = new byte[256];
    private int _start;
    private int _end;
    private int _searched;

    /// <summary>Reads a line.</summary>
    /// <returns>
    /// The line without its line feed, valid until the next call; null at the end of the stream, where an unfinished line is dropped.
    /// </returns>
    /// <exception cref="InvalidDataException">The line is too long. Nothing more can be read.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_start, _searched + found - _start);
                _start = _searched = _searched + found + 1;
                return line.Length <= maxLength ? line : throw TooLong();
            }

            _searched = _end;
            if (_end - _start > maxLength)
                throw TooLong();
            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return null;
            _end += read;
        }
    }

    private InvalidDataException TooLong() => new($"The line is longer than {maxLength} bytes.");

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
            return;
        var target = _start > 0 ? _buffer : new byte[Math.Min(_buffer.Length * 2, maxLength + 1)];
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        (_buffer, _searched, _end, _start) = (target, _searched - _start, _end - _start, 0);
    }
}
