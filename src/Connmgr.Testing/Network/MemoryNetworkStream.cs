using System.Net;

namespace Connmgr.Testing;

/// <summary>
/// One end of a connection in memory: bytes written here are read at the other end, and vice versa. It behaves as a
/// <see cref="System.Net.Sockets.NetworkStream"/> does, and takes a few hundred bytes while idle.
/// </summary>
/// <remarks>
/// <para>One read and one write may be under way at a time, from any threads; a second of its kind fails with
/// <see cref="InvalidOperationException"/>. Disposing and <see cref="Reset"/> are allowed at any moment: operations under way
/// then fail.</para>
/// <para>A read of zero bytes completes when bytes are available. A write waits while the other end does not read and the
/// <see cref="MemoryNetworkOptions.StreamCapacity"/> is used up; if such a write is cancelled, a part of it may have been sent.</para>
/// <para>Once this end is disposed, the other one reads all that was sent and then the end of the stream, and its writes fail. After a reset
/// both ends can read the bytes that have arrived, then reads fail; writes fail at once. Failures are an <see cref="IOException"/> around a
/// <see cref="System.Net.Sockets.SocketException"/>. Synchronous reads and writes are not supported, since they would block.</para>
/// </remarks>
public sealed class MemoryNetworkStream : Stream, IStreamEndPoints
{
    private readonly MemoryLink _link;
    private readonly LinkSide _side;
    private readonly MemoryPipe _incoming;
    private readonly MemoryPipe _outgoing;

    internal MemoryNetworkStream(
        MemoryLink link, LinkSide side, MemoryPipe incoming, MemoryPipe outgoing, EndPoint? localEndPoint, EndPoint? remoteEndPoint)
    {
        _link = link;
        _side = side;
        _incoming = incoming;
        _outgoing = outgoing;
        LocalEndPoint = localEndPoint;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <inheritdoc/>
    public EndPoint? LocalEndPoint { get; }

    /// <inheritdoc/>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>True until the stream is disposed.</summary>
    public override bool CanRead => !_link.IsDisposed(_side);

    /// <summary>True until the stream is disposed.</summary>
    public override bool CanWrite => !_link.IsDisposed(_side);

    /// <summary>True when the stream can seek: never.</summary>
    public override bool CanSeek => false;

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw NotSeekable();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw NotSeekable();
        set => throw NotSeekable();
    }

    /// <summary>Creates two streams that are connected with each other, without a network.</summary>
    /// <param name="capacity">The maximum number of bytes under way in each direction, from 1. Default 65,536.</param>
    /// <param name="runContinuationsInline">See <see cref="MemoryNetworkOptions.RunContinuationsInline"/>. Default true.</param>
    /// <returns>The two ends. They have no addresses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1.</exception>
    public static (MemoryNetworkStream First, MemoryNetworkStream Second) CreatePair(
        int capacity = MemoryNetworkOptions.DefaultStreamCapacity, bool runContinuationsInline = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var setup = new LinkSetup(new NetworkCounters(), TimeProvider.System, runContinuationsInline, capacity, OnDisposed: null);
        var link = new MemoryLink(setup, dialer: null, host: null, behavior: null);
        return (link.Dialer, link.Host);
    }

    /// <summary>
    /// Breaks the connection for both ends, as the crash of a host does. This end must still be disposed. Can be called any number of times.
    /// </summary>
    public void Reset() => _link.Reset();

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _incoming.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _outgoing.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Does nothing: written bytes are already under way.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: written bytes are already under way.</summary>
    /// <param name="cancellationToken">Not used.</param>
    /// <returns>A completed task.</returns>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Throws: a synchronous call would block the thread. Use <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int Read(byte[] buffer, int offset, int count) => throw NotBlocking(nameof(ReadAsync));

    /// <summary>Throws: a synchronous call would block the thread. Use <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int Read(Span<byte> buffer) => throw NotBlocking(nameof(ReadAsync));

    /// <summary>Throws: a synchronous call would block the thread. Use <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw NotBlocking(nameof(WriteAsync));

    /// <summary>Throws: a synchronous call would block the thread. Use <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(ReadOnlySpan<byte> buffer) => throw NotBlocking(nameof(WriteAsync));

    /// <summary>Throws: the stream has no position and no length.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw NotSeekable();

    /// <summary>Throws: the stream has no position and no length.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw NotSeekable();

    /// <summary>Formats the addresses of both ends.</summary>
    /// <returns>For example <c>10.0.0.1:1024 -> 1.2.3.4:8333</c>.</returns>
    public override string ToString() => $"{LocalEndPoint?.ToString() ?? "?"} -> {RemoteEndPoint?.ToString() ?? "?"}";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _link.Dispose(_side, byUser: true);
        base.Dispose(disposing);
    }

    private static NotSupportedException NotBlocking(string instead) =>
        new($"A {nameof(MemoryNetworkStream)} has no synchronous reads and writes, since they would block the thread. Use {instead}.");

    private static NotSupportedException NotSeekable() => new($"A {nameof(MemoryNetworkStream)} has no position and no length.");
}
