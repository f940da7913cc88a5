namespace Connmgr.Fuzz;

/// <summary>
/// The bytes of the other side, in pieces: all at once, seven at a time, or one at a time, as the length of the input has it. What is written to it is dropped. It
/// counts the reads, which a reader must not need more of than there are bytes.
/// </summary>
internal sealed class SplitStream(ReadOnlyMemory<byte> input) : Stream
{
    private readonly int _piece = (input.Length % 3) switch { 0 => int.MaxValue, 1 => 7, _ => 1 };
    private int _at;
    private int _reads;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // One for each piece, and one that waits for it without a buffer; a few at the end.
        FuzzFailure.Unless(++_reads <= (2 * input.Length) + 16, "the reader reads at most twice for each byte");
        var length = Math.Min(Math.Min(buffer.Length, _piece), input.Length - _at);
        input.Span.Slice(_at, length).CopyTo(buffer.Span);
        _at += length;
        return new(length);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
