using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>A command's side of the control socket. It makes one request at a time. Not thread-safe.</summary>
internal sealed class ControlClient : IDisposable
{
    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromSeconds(10);

    private readonly Stream _stream;
    private readonly LineReader _reader;
    private readonly ControlWriter _writer;
    private long _lastId;

    private ControlClient(Stream stream, LineReader reader, ControlGreeting greeting, TimeProvider timeProvider)
    {
        (_stream, _reader, Greeting) = (stream, reader, greeting);
        _writer = new ControlWriter(stream, timeProvider);
    }

    /// <summary>The first message of the run.</summary>
    public ControlGreeting Greeting { get; }

    /// <summary>Connects to the run that uses a data directory.</summary>
    /// <param name="directory">The path of the directory.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="ToolException">There is no such run, or it can't be connected to.</exception>
    public static async Task<ControlClient> OpenRunAsync(string directory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        DataDirectory.RequireExisting(directory);
        return await TryOpenAsync(directory, timeProvider, cancellationToken).ConfigureAwait(false)
            ?? throw new ToolException($"no connmgr run uses the data directory '{directory}': start one with 'connmgr run --data-dir {directory}'.");
    }

    /// <summary>Connects to the run that uses a data directory, if there is one. Writes nothing to the directory.</summary>
    /// <param name="directory">The path of the directory.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The client; null when there is no run.</returns>
    /// <exception cref="ToolException">The run can't be connected to.</exception>
    public static async Task<ControlClient?> TryOpenAsync(string directory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var socket = await ControlSocket.ConnectAsync(directory, cancellationToken).ConfigureAwait(false);
        if (socket is null)
            return null;
        var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            return await OpenAsync(stream, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a client over a stream to a run, and takes ownership of the stream.</summary>
    /// <exception cref="ToolException">The run can't be connected to.</exception>
    public static async Task<ControlClient> OpenAsync(Stream stream, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var reader = new LineReader(stream, ControlProtocol.MaxReplyLength);
        try
        {
            var line = await reader.ReadAsync(cancellationToken).AsTask().WaitAsync(GreetingTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
            var greeting = line is { } known ? JsonSerializer.Deserialize(known.Span, ControlJson.Default.ControlGreeting) : null;
            return greeting switch
            {
                null => throw Ended(),
                { Protocol: ControlProtocol.Version } => new ControlClient(stream, reader, greeting, timeProvider),
                _ => throw new ToolException(
                    $"the connmgr run (process {greeting.Process}) uses version {greeting.Protocol} of the control protocol, this connmgr version " +
                    $"{ControlProtocol.Version}: use the connmgr that started the run, or restart the run with this one."),
            };
        }
        catch (TimeoutException exception)
        {
            throw new ToolException($"the connmgr run did not answer within {GreetingTimeout.TotalSeconds:0} s: check whether its process is stopped.", exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw NotUnderstood(exception);
        }
        catch (IOException exception)
        {
            throw Ended(exception);
        }
    }

    /// <summary>Makes a request.</summary>
    /// <param name="verb">The command.</param>
    /// <param name="arguments">The arguments of the command.</param>
    /// <param name="cancellationToken">Cancels the wait. The client can't be used afterwards.</param>
    /// <returns>The items of the reply, as they arrive.</returns>
    /// <exception cref="ToolException">The run refused the request, or ended.</exception>
    public async IAsyncEnumerable<TItem> InvokeAsync<TArguments, TItem>(
        ControlVerb<TArguments, TItem> verb, TArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var id = ++_lastId;
        await SendAsync(id, verb, arguments, cancellationToken).ConfigureAwait(false);
        while (await NextAsync(id, verb, cancellationToken).ConfigureAwait(false) is (true, var item))
            yield return item!;
    }

    /// <summary>Makes a request whose reply is a single item.</summary>
    /// <exception cref="ToolException">The run refused the request, or ended.</exception>
    public async Task<TItem> InvokeOneAsync<TArguments, TItem>(
        ControlVerb<TArguments, TItem> verb, TArguments arguments, CancellationToken cancellationToken)
    {
        var (has, result) = (false, default(TItem));
        await foreach (var item in InvokeAsync(verb, arguments, cancellationToken).ConfigureAwait(false))
            (has, result) = (true, item);
        return has ? result! : throw NotUnderstood();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _stream.Dispose();
    }

    private async Task SendAsync<TArguments, TItem>(
        long id, ControlVerb<TArguments, TItem> verb, TArguments arguments, CancellationToken cancellationToken)
    {
        var request = new ControlRequest
        {
            Id = id,
            Command = verb.Name,
            Arguments = JsonSerializer.SerializeToElement(arguments, verb.Arguments),
        };
        try
        {
            await _writer.WriteAsync(request, ControlJson.Default.ControlRequest, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The run may have sent a reason before it closed the connection: the next read gets it.
        }
    }

    private async Task<(bool HasItem, TItem? Item)> NextAsync<TArguments, TItem>(
        long id, ControlVerb<TArguments, TItem> verb, CancellationToken cancellationToken)
    {
        try
        {
            var line = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw Ended();
            var reply = JsonSerializer.Deserialize(line.Span, ControlJson.Default.ControlReply);
            return reply switch
            {
                { Error: { } error } => throw new ToolException(SafeText.Line(error.Message, maxLength: 1024)),
                { Item: { } item } when reply.Id == id => (true, item.Deserialize(verb.Item)),
                { Done: true } when reply.Id == id => (false, default),
                _ => throw NotUnderstood(),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw NotUnderstood(exception);
        }
        catch (IOException exception)
        {
            throw Ended(exception);
        }
    }

    private static ToolException Ended(Exception? exception = null) =>
        new("the connmgr run ended before it answered: check whether it still runs, and start it again.", exception!);

    private static ToolException NotUnderstood(Exception? exception = null) =>
        new("this connmgr does not understand the answer of the connmgr run: use the connmgr that started the run.", exception!);
}
