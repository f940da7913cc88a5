using System.Text.Json.Serialization.Metadata;

namespace Connmgr.Tool;

/// <summary>A command of the protocol, as both sides know it.</summary>
/// <typeparam name="TArguments">The type of its arguments.</typeparam>
/// <typeparam name="TItem">The type of the items of its reply.</typeparam>
/// <param name="Name">Its name, such as <c>peers.list</c>.</param>
/// <param name="Arguments">The JSON type of its arguments.</param>
/// <param name="Item">The JSON type of its items.</param>
internal sealed record ControlVerb<TArguments, TItem>(string Name, JsonTypeInfo<TArguments> Arguments, JsonTypeInfo<TItem> Item)
{
    /// <summary>True when each item is created only once the client has taken the previous one, so that it is up to date.</summary>
    public bool IsLive { get; init; }

    /// <summary>Creates the handler of a run.</summary>
    /// <param name="run">Creates the items. Throws a <see cref="ToolException"/> for errors that the user can correct.</param>
    public IControlHandler Handle(Func<TArguments, ControlCall, IAsyncEnumerable<TItem>> run) =>
        new ControlHandler<TArguments, TItem>(this, run);

    /// <summary>Creates the handler of a run for a reply of one item.</summary>
    public IControlHandler HandleOne(Func<TArguments, ControlCall, Task<TItem>> run) =>
        Handle((arguments, call) => OneAsync(run(arguments, call)));

    private static async IAsyncEnumerable<TItem> OneAsync(Task<TItem> item)
    {
        yield return await item.ConfigureAwait(false);
    }
}
