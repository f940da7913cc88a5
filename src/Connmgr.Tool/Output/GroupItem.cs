using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>A group of automatic peers. The property names are those of the JSON.</summary>
/// <param name="Name">Its name; <c>default</c> when no groups are set.</param>
/// <param name="Target">The number of peers wanted.</param>
/// <param name="Connected">The number of peers connected.</param>
/// <param name="Attempts">The number of attempts that are meant for it.</param>
internal sealed record GroupItem(string Name, int Target, int Connected, int Attempts)
{
    /// <summary>The name of the only group when no groups are set.</summary>
    public const string DefaultName = "default";

    /// <summary>Gets the groups of a snapshot, in their order.</summary>
    public static ImmutableArray<GroupItem> From(ConnectionManagerSnapshot snapshot) =>
        [.. snapshot.Groups.Select(static group => new GroupItem(group.Name, group.Target, group.Connected, group.Attempts))];

    /// <summary>Gets the groups of a snapshot that the user has set: none if there is only the default.</summary>
    public static ImmutableArray<GroupItem> FindNamed(ConnectionManagerSnapshot snapshot) =>
        From(snapshot) is var all && all is [{ Name: DefaultName }] ? [] : all;
}
