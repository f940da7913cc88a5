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
    /// <summary>They hold from now on: new ones, or longer ones in place of shorter ones.</summary>
    Added,

    /// <summary>They were taken back.</summary>
    Removed,

    /// <summary>They had ended, and were swept out. Happens some time after they ended: they no longer held before.</summary>
    Expired,
}
