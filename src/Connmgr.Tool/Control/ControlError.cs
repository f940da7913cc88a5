namespace Connmgr.Tool;

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
