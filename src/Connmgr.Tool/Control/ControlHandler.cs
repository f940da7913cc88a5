using System.Text.Json;

namespace Connmgr.Tool;

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
