namespace Connmgr.Testing;

/// <summary>The answer of a host of a <see cref="MemoryNetwork"/> to a dial.</summary>
public enum HostAnswer
{
    /// <summary>The connection is made.</summary>
    Accept,

    /// <summary>The dial fails with <see cref="ConnectFailureCause.Refused"/>.</summary>
    Refuse,

    /// <summary>There is no answer, ever: the dial ends when its token is cancelled.</summary>
    Swallow,

    /// <summary>The dial fails with <see cref="ConnectFailureCause.Unreachable"/>.</summary>
    Unreachable,
}
