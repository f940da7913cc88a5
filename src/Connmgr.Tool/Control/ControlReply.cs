using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>A line of a run in reply to a request: an item, the end, or an error, which is an end too.</summary>
internal sealed record ControlReply
{
    /// <summary>The request's.</summary>
    public long Id { get; init; }

    /// <summary>A part of the answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Item { get; init; }

    /// <summary>True at the end of an answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Done { get; init; }

    /// <summary>Why there is no answer, or no more of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ControlError? Error { get; init; }
}
