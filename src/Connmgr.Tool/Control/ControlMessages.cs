using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The first message of a run to a client.</summary>
/// <param name="Protocol">The version of the protocol: <see cref="ControlProtocol.Version"/>.</param>
/// <param name="Process">The id of the run's process.</param>
/// <param name="Network">The name of the run's network.</param>
internal sealed record ControlGreeting(int Protocol, int Process, string Network);

/// <summary>A request of a client.</summary>
internal sealed record ControlRequest
{
    /// <summary>The id of the request. Each message of the reply has it.</summary>
    public long Id { get; init; }

    /// <summary>The name of the command; see <see cref="ControlVerb{TArguments, TItem}"/>.</summary>
    public string? Command { get; init; }

    /// <summary>The arguments of the command.</summary>
    public JsonElement Arguments { get; init; }
}

/// <summary>A message of a reply: an item, the end, or an error, which is also an end.</summary>
internal sealed record ControlReply
{
    /// <summary>The id of the request.</summary>
    public long Id { get; init; }

    /// <summary>An item of the reply; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Item { get; init; }

    /// <summary>True when this is the end of the reply.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Done { get; init; }

    /// <summary>The error that ends the reply; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ControlError? Error { get; init; }
}

/// <summary>The reason why a request was not carried out.</summary>
/// <param name="Code">A code for programs: one of the constants below.</param>
/// <param name="Message">The text: what happened, the value, and the remedy.</param>
internal sealed record ControlError(string Code, string Message)
{
    /// <summary>The line is not a request.</summary>
    public const string BadRequest = "badRequest";

    /// <summary>The line is too long; the run closes the connection.</summary>
    public const string LineTooLong = "lineTooLong";

    /// <summary>The command does not exist.</summary>
    public const string UnknownCommand = "unknownCommand";

    /// <summary>The arguments do not belong to the command.</summary>
    public const string BadArguments = "badArguments";

    /// <summary>The command failed.</summary>
    public const string Failed = "failed";

    /// <summary>Too many clients are connected; the run closes the connection.</summary>
    public const string TooManyClients = "tooManyClients";
}

/// <summary>The arguments of a command without arguments.</summary>
internal sealed record NoArguments;
