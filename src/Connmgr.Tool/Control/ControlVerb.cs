using System.Text.Json.Serialization.Metadata;

namespace Connmgr.Tool;

/// <summary>A command of the protocol, as both sides know it.</summary>
/// <typeparam name="TArguments">What it needs to know.</typeparam>
/// <typeparam name="TItem">What its answer is made of.</typeparam>
/// <param name="Name">Its name, ROOM.VERB.</param>
/// <param name="Arguments">How its arguments are read and written.</param>
/// <param name="Item">How its items are.</param>
internal sealed record ControlVerb<TArguments, TItem>(string Name, JsonTypeInfo<TArguments> Arguments, JsonTypeInfo<TItem> Item)
{
    /// <summary>Whether the next item is made once the client takes it, as one that tells how things stand must be.</summary>
    public bool IsLive { get; init; }

    /// <summary>Says how a run carries it out.</summary>
    /// <param name="run">Gives the items. Throws a <see cref="ToolException"/> for what the user can mend.</param>
    public IControlHandler Handle(Func<TArguments, ControlCall, IAsyncEnumerable<TItem>> run) =>
        new ControlHandler<TArguments, TItem>(this, run);

    /// <summary>Says how a run carries it out, when there is one item.</summary>
    public IControlHandler HandleOne(Func<TArguments, ControlCall, Task<TItem>> run) =>
        Handle((arguments, call) => OneAsync(run(arguments, call)));

    private static async IAsyncEnumerable<TItem> OneAsync(Task<TItem> item)
    {
        yield return await item.ConfigureAwait(false);
    }
}
