using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>A change of a <see cref="BanList"/>. Immutable.</summary>
public sealed class BansChangedEventArgs : EventArgs
{
    internal BansChangedEventArgs(BanChangeKind kind, ImmutableArray<Ban> bans) => (Kind, Bans) = (kind, bans);

    /// <summary>The kind of the change.</summary>
    public BanChangeKind Kind { get; }

    /// <summary>The changed bans; at least one.</summary>
    public ImmutableArray<Ban> Bans { get; }
}

/// <summary>The kind of a change of bans.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BanChangeKind>))]
public enum BanChangeKind
{
    /// <summary>Bans came into force: new ones, or longer ones that replace shorter ones.</summary>
    Added,

    /// <summary>Bans were removed before their end.</summary>
    Removed,

    /// <summary>
    /// Bans that had ended were removed from the list. This happens some time after their end, from which on they are not in force.
    /// </summary>
    Expired,
}
