using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>Carries a command out. Thread-safe.</summary>
internal interface IControlHandler
{
    /// <summary>The name of the command.</summary>
    string Name { get; }

    /// <summary>Answers a request, but for its end.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="writer">Takes the items.</param>
    /// <param name="call">The circumstances.</param>
    /// <exception cref="JsonException">The arguments are not the command's.</exception>
    /// <exception cref="ToolException">It could not be done.</exception>
    Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call);
}

/// <summary>Carries a command out whose items come one after the other.</summary>
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
                        await writer.FlushAsync(call.Aborted).ConfigureAwait(false); // What is there is of use now.
                    if (!await next.ConfigureAwait(false))
                        return;
                    await writer.WriteItemAsync(items.Current, verb.Item, call.Aborted).ConfigureAwait(false);
                    if (verb.IsLive)
                        await writer.FlushAsync(call.Aborted).ConfigureAwait(false);
                }
            }
            catch
            {
                // An enumerator must not be disposed of while it is asked for an item.
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
/// Carries a command out once the run has opened its files: until then its book and its bans are not what the data directory has, and what
/// changes them is not written there.
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
