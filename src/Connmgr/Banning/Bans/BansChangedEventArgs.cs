using System.Collections.Immutable;

namespace Connmgr;

/// <summary>A change of a <see cref="BanList"/>. Immutable.</summary>
/// <param name="kind">The kind of the change.</param>
/// <param name="bans">The changed bans; at least one.</param>
public sealed class BansChangedEventArgs(BanChangeKind kind, ImmutableArray<Ban> bans) : EventArgs
{
    /// <summary>The kind of the change.</summary>
    public BanChangeKind Kind { get; } = kind;

    /// <summary>The bans it happened to; at least one.</summary>
    public ImmutableArray<Ban> Bans { get; } = bans;
}
