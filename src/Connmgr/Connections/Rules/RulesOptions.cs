using System.Net;

namespace Connmgr.Rules;

/// <summary>The part of <see cref="ConnectionManagerOptions"/> that the rules need, checked and copied.</summary>
internal sealed record RulesOptions
{
    public required int TargetOutbound { get; init; }

    public required int? MaxInbound { get; init; }

    public required InboundLimits InboundLimits { get; init; }

    /// <summary>The secret under which netgroups are hashed.</summary>
    public required UInt128 NetgroupKey { get; init; }

    public required bool HasSource { get; init; }

    public required bool HasHandshake { get; init; }

    public required TimeSpan RetryDuration { get; init; }

    public required TimeSpan MaxRetryDuration { get; init; }

    public required TimeSpan DialTimeout { get; init; }

    public required TimeSpan ProxyDialTimeout { get; init; }

    public required TimeSpan HandshakeTimeout { get; init; }

    public required TimeSpan DialHedgeDelay { get; init; }

    public required TimeSpan ProxyDialHedgeDelay { get; init; }

    public required int MaxHedgedDials { get; init; }

    public required int? DialBurst { get; init; }

    public required double? DialsPerSecond { get; init; }

    public required int MaxOutboundPerNetgroup { get; init; }

    public required bool AllowDuplicateAddresses { get; init; }

    public required Func<EndPoint, ConnectionDirection, GateVerdict> Gate { get; init; }

    public required Func<EndPoint, string?> ProxyOf { get; init; }

    /// <summary>The group that counts for the limit; none for an address that is exempt.</summary>
    public required Func<EndPoint, Netgroup> GroupOf { get; init; }

    public required Random Random { get; init; }
}
