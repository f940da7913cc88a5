using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Connmgr.Tool;

/// <summary>
/// Writes messages to the other side. Buffers a few kilobytes at most: the writer waits for the reader, up to a timeout. Not thread-safe.
/// </summary>
internal sealed class ControlWriter(Stream stream, TimeProvider timeProvider) : IDisposable
{
    private const int FlushAt = 16 << 10;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json = new(Stream.Null);
    private long _id;

    /// <summary>Sets the request to which the following items belong.</summary>
    public void BeginReply(long id) => _id = id;

    /// <summary>Writes a message and sends it.</summary>
    public Task WriteAsync<T>(T line, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken)
    {
        Add(line, typeInfo);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Writes an item, and sends it together with others.</summary>
    public Task WriteItemAsync<T>(T item, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken)
    {
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteNumber("id"u8, _id);
        _json.WritePropertyName("item"u8);
        JsonSerializer.Serialize(_json, item, typeInfo);
        _json.WriteEndObject();
        EndLine();
        return _buffer.WrittenCount < FlushAt ? Task.CompletedTask : FlushAsync(cancellationToken);
    }

    /// <summary>Ends a reply.</summary>
    public Task WriteDoneAsync(CancellationToken cancellationToken) =>
        WriteAsync(new ControlReply { Id = _id, Done = true }, ControlJson.Default.ControlReply, cancellationToken);

    /// <summary>Ends a reply with an error.</summary>
    public Task WriteErrorAsync(string code, string message, CancellationToken cancellationToken) => WriteAsync(
        new ControlReply { Id = _id, Error = new ControlError(code, SafeText.Line(message, maxLength: 1024)) },
        ControlJson.Default.ControlReply,
        cancellationToken);

    /// <summary>Sends the buffered messages.</summary>
    /// <exception cref="IOException">The other side is gone, or does not read.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_buffer.WrittenCount == 0)
            return;
        var writing = stream.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        try
        {
            if (writing.IsCompleted)
                await writing.ConfigureAwait(false);
            else
                await writing.AsTask().WaitAsync(ControlProtocol.WriteTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new IOException("The other side does not read.", exception);
        }

        _buffer.ResetWrittenCount();
    }

    public void Dispose() => _json.Dispose();

    private void Add<T>(T line, JsonTypeInfo<T> typeInfo)
    {
        _json.Reset(_buffer);
        JsonSerializer.Serialize(_json, line, typeInfo);
        EndLine();
    }

    private void EndLine()
    {
        _json.Flush();
        _buffer.Write("\n"u8);
    }
}
