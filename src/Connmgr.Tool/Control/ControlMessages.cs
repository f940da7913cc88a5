using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The first line of a run to its client.</summary>
/// <param name="Protocol">The version of the protocol: <see cref="ControlProtocol.Version"/>.</param>
/// <param name="Process">The id of the process.</param>
/// <param name="Network">The name of the network that it connects to.</param>
internal sealed record ControlGreeting(int Protocol, int Process, string Network);

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

/// <summary>Why a request was not carried out.</summary>
/// <param name="Code">For programs: one of the names below.</param>
/// <param name="Message">For people: what happened, the value, what to do.</param>
internal sealed record ControlError(string Code, string Message)
{
    /// <summary>The line is no request.</summary>
    public const string BadRequest = "badRequest";

    /// <summary>The line is too long; the run closes the connection.</summary>
    public const string LineTooLong = "lineTooLong";

    /// <summary>There is no such command.</summary>
    public const string UnknownCommand = "unknownCommand";

    /// <summary>The arguments are not those of the command.</summary>
    public const string BadArguments = "badArguments";

    /// <summary>It could not be done.</summary>
    public const string Failed = "failed";

    /// <summary>Too many clients are connected; the run closes the connection.</summary>
    public const string TooManyClients = "tooManyClients";
}

/// <summary>The arguments of a command that takes none.</summary>
internal sealed record NoArguments;
