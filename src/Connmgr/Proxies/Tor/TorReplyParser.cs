using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Connmgr;

/// <summary>
/// Turns what Tor's control port sends into replies, whatever pieces it comes in. Bounded as in Bitcoin Core: 100,000 bytes a line, 1000
/// lines a reply; and 1 MiB a reply, which Core does not bound.
/// </summary>
internal sealed class TorReplyParser
{
    /// <summary>The longest line, without its end, in bytes.</summary>
    public const int MaxLineLength = 100_000;

    /// <summary>The most lines of a reply.</summary>
    public const int MaxLines = 1_000;

    /// <summary>The longest reply, in bytes.</summary>
    public const int MaxReplyLength = 1 << 20;

    private readonly ImmutableArray<string>.Builder _lines = ImmutableArray.CreateBuilder<string>();
    private readonly Queue<TorReply> _replies = new();
    private byte[] _line = new byte[256];
    private int _length;
    private int _replyLength;
    private int _status;
    private bool _isData;

    /// <summary>Takes the next reply that is complete.</summary>
    public bool TryTake(out TorReply reply) => _replies.TryDequeue(out reply);

    /// <summary>Takes what came. A line that is not complete is kept, and not acted on.</summary>
    /// <exception cref="TorControlException">It is not what a control port sends, or beyond the bounds. The parser is of no further use.</exception>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            Append(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
                return;
            bytes = bytes[(end + 1)..];
            var line = _line.AsSpan(0, _length > 0 && _line[_length - 1] == '\r' ? _length - 1 : _length);
            CheckLength(line.Length);
            Accept(line);
            _length = 0;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        var length = _length + bytes.Length;
        CheckLength(bytes.EndsWith("\r"u8) ? length - 1 : length); // That CR may be of its end.
        if (length > _line.Length)
            Array.Resize(ref _line, Math.Max(2 * _line.Length, length));
        bytes.CopyTo(_line.AsSpan(_length));
        _length = length;
    }

    private void Accept(ReadOnlySpan<byte> line)
    {
        if (_isData)
        {
            if (line.SequenceEqual("."u8))
                _isData = false;
            else
                Add(line.StartsWith("."u8) ? line[1..] : line); // A dot at the beginning is doubled (control-spec 2.4).
            return;
        }

        if (line.Length < 4 || !int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            || line[3] is not ((byte)' ' or (byte)'-' or (byte)'+'))
        {
            throw new TorControlException($"a line begins with '{Shown(line)}', which is no status of Tor's control protocol");
        }

        if (_lines.Count > 0 && status != _status)
            throw new TorControlException(Invariant($"a reply changes its status from {_status} to {status}"));
        _status = status;
        Add(line[4..]);
        _isData = line[3] == '+';
        if (line[3] != ' ')
            return;
        _replies.Enqueue(new TorReply(status, _lines.ToImmutable()));
        _lines.Clear();
        _replyLength = 0;
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        if (_lines.Count == MaxLines)
            throw new TorControlException($"a reply has more than {MaxLines} lines");
        _replyLength += text.Length;
        if (_replyLength > MaxReplyLength)
            throw new TorControlException($"a reply is longer than {MaxReplyLength} bytes");
        _lines.Add(Encoding.Latin1.GetString(text));
    }

    private static void CheckLength(int length)
    {
        if (length > MaxLineLength)
            throw new TorControlException($"a line is longer than {MaxLineLength} bytes");
    }

    private static string Shown(ReadOnlySpan<byte> line)
    {
        const int most = 20;
        return TorReply.Printable(Encoding.ASCII.GetString(line[..Math.Min(line.Length, most)]));
    }
}
