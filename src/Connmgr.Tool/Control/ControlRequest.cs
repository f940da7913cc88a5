using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>A line of a client.</summary>
internal sealed record ControlRequest
{
    /// <summary>Comes back with each line of the reply.</summary>
    public long Id { get; init; }

    /// <summary>What to do; see <see cref="ControlVerb{TArguments, TItem}"/>.</summary>
    public string? Command { get; init; }

    /// <summary>What the command needs to know.</summary>
    public JsonElement Arguments { get; init; }
}
