using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>Decides which peer of a group an upgrade may replace, and by which candidate. Has neither state nor clock.</summary>
internal static class UpgradeRules
{
    /// <summary>
    /// Finds the worst peer that may be replaced. The older half of the group, rounded up, keeps its places, so a group of one has none. So
    /// does a peer that the program protects.
    /// </summary>
    /// <returns>Null if none may be replaced, or the group is not full.</returns>
    public static UpgradeMember? FindWorst(IReadOnlyCollection<UpgradeMember> members, int target)
    {
        if (members.Count < target)
            return null;
        UpgradeMember? worst = null;
        foreach (var member in members.OrderByDescending(static member => member.Age).ThenBy(static member => member.Id).Skip((members.Count + 1) / 2))
        {
            if (!member.IsProtected && (worst is not { } known || member.Rating <= known.Rating))
                worst = member;
        }

        return worst;
    }

    /// <summary>Gets the rating to expect of a candidate.</summary>
    /// <param name="rating">The rating of what is known of it.</param>
    /// <param name="isKnown">True if it was connected in this run. Otherwise its rating consists of faults alone.</param>
    /// <param name="members">The peers of the group.</param>
    public static double Expect(double rating, bool isKnown, IReadOnlyCollection<UpgradeMember> members) =>
        isKnown ? rating : rating + members.Select(static member => member.Rating).Order().ElementAtOrDefault(members.Count / 2);

    /// <summary>Determines whether a peer is clearly better than another.</summary>
    public static bool IsClearlyBetter(double rating, double other, PeerUpgrade options) => rating >= other + options.MinGain;

    /// <summary>Removes the reason that the age of a connection is, which the protection of the older half takes the place of.</summary>
    public static PeerFacts WithoutAge(PeerFacts facts) => facts with { Stayed = TimeSpan.Zero };

    /// <summary>
    /// Finds the full groups that have a peer which may be replaced, with the most to gain first: in the order of their worst peers' ratings.
    /// Where the first has no better candidate, such as a group of a slow network, the others have their turn.
    /// </summary>
    public static IEnumerable<(UpgradeGroup Group, UpgradeMember Worst)> Order(ImmutableArray<UpgradeGroup> groups) => groups
        .Select(static group => (Group: group, Worst: FindWorst(group.Members, group.Target)))
        .Where(static each => each.Worst is not null)
        .Select(static each => (each.Group, Worst: each.Worst!.Value))
        .OrderBy(static each => each.Worst.Rating);
}

/// <summary>A peer of a group, as the upgrade sees it.</summary>
/// <param name="Id">The id of its connection.</param>
/// <param name="Age">The time since it was connected.</param>
/// <param name="Rating">Its rating, without the age.</param>
/// <param name="IsProtected">True if the program protects it: <see cref="Connection.Protect"/>.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UpgradeMember(long Id, TimeSpan Age, double Rating, bool IsProtected = false);

/// <summary>A group, as the upgrade sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Target">Its target.</param>
/// <param name="Members">Its peers.</param>
internal sealed record UpgradeGroup(string Name, int Target, ImmutableArray<UpgradeMember> Members);
