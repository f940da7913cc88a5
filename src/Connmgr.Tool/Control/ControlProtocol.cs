namespace Connmgr.Tool;

/// <summary>
/// How a run and the commands that steer it talk: one JSON object a line, over a unix socket in the data directory. The run begins with a
/// <see cref="ControlGreeting"/>. Then the client sends requests, one after the other, and each is answered by any number of items and one
/// end or error. docs/guides/control.md is the contract: fields and commands are added to a version, never changed.
/// </summary>
internal static class ControlProtocol
{
    /// <summary>Raised when a client of before would misunderstand.</summary>
    public const int Version = 1;

    /// <summary>The longest request, in bytes, without the end of the line.</summary>
    public const int MaxRequestLength = 64 << 10;

    /// <summary>The longest line of a run, in bytes.</summary>
    public const int MaxReplyLength = 1 << 20;

    /// <summary>How many clients a run serves at a time; fewer where it may open few files.</summary>
    public const int MaxClients = 16;

    /// <summary>How long a client may take for its next request.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(2);

    /// <summary>How long a client may take to read what it was sent before it is sent more.</summary>
    public static readonly TimeSpan WriteTimeout = TimeSpan.FromMinutes(1);
}
