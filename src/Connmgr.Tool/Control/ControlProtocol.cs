namespace Connmgr.Tool;

/// <summary>
/// The protocol between a run and the commands that control it: one JSON object per line, over a Unix socket in the data directory. The run
/// begins with a <see cref="ControlGreeting"/>. Then the client sends requests one by one, and each reply has any number of items and one
/// end or error. docs/guides/control.md is the contract: fields and commands are added to a version, never changed.
/// </summary>
internal static class ControlProtocol
{
    /// <summary>The version of the protocol. It increases when older clients would misunderstand the new one.</summary>
    public const int Version = 1;

    /// <summary>The longest request, in bytes, without the line feed.</summary>
    public const int MaxRequestLength = 64 << 10;

    /// <summary>The longest message of a run, in bytes.</summary>
    public const int MaxReplyLength = 1 << 20;

    /// <summary>The most clients that a run serves at a time. It serves fewer when it may open only few files.</summary>
    public const int MaxClients = 16;

    /// <summary>The time that a client has for its next request.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The time that a client has to read what it was sent.</summary>
    public static readonly TimeSpan WriteTimeout = TimeSpan.FromMinutes(1);
}
