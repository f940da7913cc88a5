using System.Collections.Frozen;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>One client of a run. Greets it, and replies to its requests one by one until there are no more.</summary>
internal sealed class ControlSession : IDisposable
{
    private readonly ControlGreeting _greeting;
    private readonly FrozenDictionary<string, IControlHandler> _handlers;
    private readonly TimeProvider _timeProvider;
    private readonly LineReader _reader;
    private readonly ControlWriter _writer;

    public ControlSession(
        Stream stream, ControlGreeting greeting, FrozenDictionary<string, IControlHandler> handlers, TimeProvider timeProvider)
    {
        (_greeting, _handlers, _timeProvider) = (greeting, handlers, timeProvider);
        _reader = new LineReader(stream, ControlProtocol.MaxRequestLength);
        _writer = new ControlWriter(stream, timeProvider);
    }

    /// <summary>Serves the client.</summary>
    /// <param name="stopping">Cancelled when the run ends.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            await GreetAsync(stopping).ConfigureAwait(false);
            await AnswerAllAsync(aborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEnd(exception) || exception is TimeoutException)
        {
            // The client is gone, does not read or was idle for too long, or the run ends.
        }
        finally
        {
            await aborted.CancelAsync().ConfigureAwait(false); // Ends a pending read.
        }
    }

    /// <summary>Refuses a client because there are too many.</summary>
    /// <param name="maxClients">The most at a time.</param>
    /// <param name="stopping">Cancelled when the run ends.</param>
    public async Task RefuseAsync(int maxClients, CancellationToken stopping)
    {
        try
        {
            await GreetAsync(stopping).ConfigureAwait(false);
            var message = $"the run already serves {maxClients} clients: end one, or try again later.";
            await _writer.WriteErrorAsync(ControlError.TooManyClients, message, stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The client is gone.
        }
    }

    public void Dispose() => _writer.Dispose();

    private static bool IsEnd(Exception exception) => exception is IOException or ObjectDisposedException or OperationCanceledException;

    private Task GreetAsync(CancellationToken cancellationToken) =>
        _writer.WriteAsync(_greeting, ControlJson.Default.ControlGreeting, cancellationToken);

    private async Task AnswerAllAsync(CancellationTokenSource aborted)
    {
        var next = ReadAsync(aborted.Token);
        try
        {
            while (await next.WaitAsync(ControlProtocol.IdleTimeout, _timeProvider, aborted.Token).ConfigureAwait(false) is { } line)
            {
                // The next line is already awaited: this is how to notice that a watching client is gone.
                var (request, fault) = Parse(line);
                next = ReadAsync(aborted.Token);
                _writer.BeginReply(request.Id);
                if (fault is null)
                    await AnswerAsync(request, next, aborted.Token).ConfigureAwait(false);
                else
                    await _writer.WriteErrorAsync(ControlError.BadRequest, fault, aborted.Token).ConfigureAwait(false);
            }
        }
        catch (InvalidDataException exception)
        {
            _writer.BeginReply(0);
            await _writer.WriteErrorAsync(ControlError.LineTooLong, exception.Message, aborted.Token).ConfigureAwait(false);
        }
        finally
        {
            await aborted.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken) => _reader.ReadAsync(cancellationToken).AsTask();

    /// <summary>Replies to one request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="next">The next line. It ends the input when there is none.</param>
    /// <param name="aborted">Cancelled when the client is gone or the run ends.</param>
    private async Task AnswerAsync(ControlRequest request, Task<ReadOnlyMemory<byte>?> next, CancellationToken aborted)
    {
        if (!_handlers.TryGetValue(request.Command!, out var handler))
        {
            await _writer.WriteErrorAsync(ControlError.UnknownCommand, Unknown(request.Command!), aborted).ConfigureAwait(false);
            return;
        }

        using var call = new ControlCall(aborted);
        try
        {
            var answering = handler.RunAsync(request.Arguments, _writer, call);
            await Task.WhenAny(answering, next).ConfigureAwait(false);
            if (!answering.IsCompleted && !await HasLineAsync(next).ConfigureAwait(false))
                await call.EndInputAsync().ConfigureAwait(false);
            await answering.ConfigureAwait(false);
            await _writer.WriteDoneAsync(aborted).ConfigureAwait(false);
        }
        catch (ToolException exception)
        {
            await _writer.WriteErrorAsync(ControlError.Failed, exception.Message, aborted).ConfigureAwait(false);
        }
        catch (JsonException exception)
        {
            var message = $"'{request.Command}' does not take these arguments: {exception.Message}";
            await _writer.WriteErrorAsync(ControlError.BadArguments, message, aborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (!IsEnd(exception))
        {
            // Unexpected arguments: a client must always get a reply, and must not end the run.
            await _writer.WriteErrorAsync(ControlError.Failed, $"'{request.Command}' failed: {exception.Message}", aborted).ConfigureAwait(false);
        }
    }

    private static async Task<bool> HasLineAsync(Task<ReadOnlyMemory<byte>?> next) =>
        next.IsCompletedSuccessfully && await next.ConfigureAwait(false) is not null;

    private static (ControlRequest Request, string? Fault) Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            var request = JsonSerializer.Deserialize(line.Span, ControlJson.Default.ControlRequest) ?? new ControlRequest();
            return (request, request.Command is null ? "the request has no command: write {\"id\":1,\"command\":\"peers.list\"}." : null);
        }
        catch (JsonException exception)
        {
            return (new ControlRequest(), $"the line is not a request: {exception.Message}");
        }
    }

    private string Unknown(string command)
    {
        var known = string.Join(", ", _handlers.Keys.Order(StringComparer.Ordinal));
        return $"there is no command '{SafeText.Line(command, maxLength: 64)}': use {known}.";
    }
}
