using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>Writes server-sent events: one <c>data</c> line each, and a comment after a time without events.</summary>
internal static class EventStream
{
    /// <summary>
    /// The time without events after which a comment is sent. It shows that a client is gone, and keeps proxies from closing the
    /// connection.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private static ReadOnlySpan<byte> Begin => "data: "u8;

    private static ReadOnlySpan<byte> End => "\n\n"u8;

    private static ReadOnlySpan<byte> Remark => ": nothing new\n\n"u8;

    /// <summary>Answers a request with events until they end, the client is gone, or the dashboard ends.</summary>
    /// <param name="context">The request.</param>
    /// <param name="clients">The clients that watch.</param>
    /// <param name="watch">Begins the events.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="DashboardException">There are too many clients.</exception>
    public static async Task ServeAsync(
        HttpContext context, EventClients clients, Func<CancellationToken, IAsyncEnumerable<JsonElement>> watch, TimeProvider timeProvider)
    {
        using var place = clients.TryTake(ClientHost.From(context.Connection.RemoteIpAddress)) ?? throw new DashboardException(
            StatusCodes.Status503ServiceUnavailable,
            ControlError.TooManyClients,
            $"{EventClients.Max} clients already watch, or {EventClients.MaxPerHost} from this host: end one, or try again later.");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, clients.Stopping);
        context.Response.ContentType = "text/event-stream";
        try
        {
            await WriteAsync(watch(ended.Token), context.Response.BodyWriter, timeProvider, ended).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            context.Abort(); // The client does not read or is gone, or the program ends.
        }
    }

    /// <summary>Writes events until there are no more. Requests the next event once the client has taken the previous one.</summary>
    /// <param name="events">The events, each an object without line breaks.</param>
    /// <param name="output">The client.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="ended">Ends the writing. It must also end <paramref name="events"/>.</param>
    /// <exception cref="TimeoutException">The client does not read within <see cref="ControlProtocol.WriteTimeout"/>.</exception>
    public static async Task WriteAsync(
        IAsyncEnumerable<JsonElement> events, PipeWriter output, TimeProvider timeProvider, CancellationTokenSource ended)
    {
        var items = events.GetAsyncEnumerator(CancellationToken.None);
        await using (items.ConfigureAwait(false))
        {
            var next = Task.FromResult(true);
            try
            {
                while (true)
                {
                    next = items.MoveNextAsync().AsTask();
                    while (!await IsThereAsync(next, timeProvider, ended.Token).ConfigureAwait(false))
                        await WriteAsync(output, Remark, timeProvider, ended.Token).ConfigureAwait(false);
                    if (!await next.ConfigureAwait(false))
                        return;
                    output.Write(Begin);
                    using (var json = new Utf8JsonWriter(output))
                        items.Current.WriteTo(json);
                    await WriteAsync(output, End, timeProvider, ended.Token).ConfigureAwait(false);
                }
            }
            catch
            {
                // An enumerator must not be disposed while it moves.
                await ended.CancelAsync().ConfigureAwait(false);
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }
    }

    private static async Task<bool> IsThereAsync(Task<bool> next, TimeProvider timeProvider, CancellationToken ended)
    {
        try
        {
            await ((Task)next).WaitAsync(Silence, timeProvider, ended).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException) when (!next.IsCompleted)
        {
            return false;
        }
    }

    private static Task<FlushResult> WriteAsync(PipeWriter output, ReadOnlySpan<byte> bytes, TimeProvider timeProvider, CancellationToken ended)
    {
        output.Write(bytes);
        return output.FlushAsync(ended).AsTask().WaitAsync(ControlProtocol.WriteTimeout, timeProvider, ended);
    }
}
