using System.Net;

namespace Connmgr.Rules;

/// <summary>The options of the rules: those of the manager, with callbacks that never fail, and the random numbers.</summary>
internal sealed record RulesOptions
{
    /// <summary>The manager's options, checked and normalized. The rules read their values, and call none of their callbacks.</summary>
    public required ConnectionManagerOptions Manager { get; init; }

    public required Func<EndPoint, ConnectionDirection, GateVerdict> Gate { get; init; }

    public required Func<EndPoint, string?> GetProxy { get; init; }

    /// <summary>The callback that returns the netgroup for the limit; none for an exempt address.</summary>
    public required Func<EndPoint, Netgroup> GetGroup { get; init; }

    /// <summary>The secret under which netgroups are hashed.</summary>
    public required UInt128 NetgroupKey { get; init; }

    public required Random Random { get; init; }

    /// <summary>The groups at the start.</summary>
    public GroupSet Groups => Manager.Groups;

    public bool HasSource => Manager.HasSource;

    public bool HasHandshake => Manager.HasHandshake;

    public TimeSpan MaxRetryDuration => Manager.MaxRetryDuration!.Value;
}
