using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The state of the port mappings of a node. Immutable.</summary>
public sealed record PortMappingState
{
    /// <summary>The mappings that gateways hold now.</summary>
    public ImmutableArray<PortMapping> Mappings { get; internal init; } = [];

    /// <summary>The reasons why ports are not mapped, in sentences; empty when all are.</summary>
    public ImmutableArray<string> Failures { get; internal init; } = [];

    /// <summary>Determines whether two states have the same contents.</summary>
    /// <param name="other">The other state.</param>
    /// <returns>True when they have.</returns>
    public bool Equals(PortMappingState? other) =>
        other is not null && Mappings.SequenceEqual(other.Mappings) && Failures.SequenceEqual(other.Failures, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mappings.Length, Failures.Length);
}
