using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>Carries out a command. Thread-safe.</summary>
internal interface IControlHandler
{
    /// <summary>The name of the command.</summary>
    string Name { get; }

    /// <summary>Replies to a request, except for the end of the reply.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="writer">The writer of the items.</param>
    /// <param name="call">The cancellation of the request.</param>
    /// <exception cref="JsonException">The arguments do not belong to the command.</exception>
    /// <exception cref="ToolException">The command failed.</exception>
    Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call);
}

/// <summary>Carries out a command whose items are created one by one.</summary>
internal sealed class ControlHandler<TArguments, TItem>(
    ControlVerb<TArguments, TItem> verb, Func<TArguments, ControlCall, IAsyncEnumerable<TItem>> run) : IControlHandler
{
    public string Name => verb.Name;

    public async Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call)
    {
        var items = run(Read(arguments), call).GetAsyncEnumerator(call.Aborted);
        await using (items.ConfigureAwait(false))
        {
            var next = Task.FromResult(true);
            try
            {
                while (true)
                {
                    next = items.MoveNextAsync().AsTask();
                    if (!next.IsCompleted)
                        await writer.FlushAsync(call.Aborted).ConfigureAwait(false); // Send what is there before waiting.
                    if (!await next.ConfigureAwait(false))
                        return;
                    await writer.WriteItemAsync(items.Current, verb.Item, call.Aborted).ConfigureAwait(false);
                    if (verb.IsLive)
                        await writer.FlushAsync(call.Aborted).ConfigureAwait(false);
                }
            }
            catch
            {
                // An enumerator must not be disposed while it moves.
                await call.AbortAsync().ConfigureAwait(false);
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }
    }

    private TArguments Read(JsonElement arguments)
    {
        var text = arguments.ValueKind == JsonValueKind.Undefined ? "{}" : arguments.GetRawText();
        return JsonSerializer.Deserialize(text, verb.Arguments) ?? throw new JsonException("The arguments are null.");
    }
}

/// <summary>
/// Carries out a command once the run has opened its files. Before that, its address book and bans are not those of the data directory, and
/// changes to them would not be saved.
/// </summary>
internal sealed class StartedHandler(IControlHandler handler, Task started) : IControlHandler
{
    public string Name => handler.Name;

    public async Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call)
    {
        await started.WaitAsync(call.Aborted).ConfigureAwait(false);
        await handler.RunAsync(arguments, writer, call).ConfigureAwait(false);
    }
}
