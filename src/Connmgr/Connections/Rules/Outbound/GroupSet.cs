using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The groups of the automatic connections, in the user's order. A set of groups is written as one bit for each, by index. Immutable.
/// </summary>
internal sealed class GroupSet
{
    /// <summary>The maximum number of groups: the bits of a set.</summary>
    public const int MaxCount = 32;

    /// <summary>The name of the implicit group.</summary>
    public const string DefaultName = "default";

    private readonly bool _distinguishesNetworks;

    public GroupSet(ImmutableArray<OutboundGroup> groups, bool isImplicit = false)
    {
        (All, IsImplicit) = (groups, isImplicit);
        foreach (var group in groups)
        {
            Target += group.Target;
            _distinguishesNetworks |= group.Networks != AddressNetworks.All;
        }
    }

    public ImmutableArray<OutboundGroup> All { get; }

    /// <summary>True when it is one group that stands for the target, because the user named none.</summary>
    public bool IsImplicit { get; }

    /// <summary>The sum of the targets.</summary>
    public int Target { get; }

    public int Count => All.Length;

    /// <summary>Creates the one group of a manager without named groups.</summary>
    public static GroupSet FromTarget(int target) => new([new OutboundGroup(DefaultName, target)], isImplicit: true);

    /// <summary>Finds the groups whose requirements a connection meets.</summary>
    /// <param name="profile">The profile of the connection; null for any.</param>
    /// <param name="endPoint">Its address.</param>
    /// <param name="traits">Its traits; null for unknown ones, which are assumed to meet any requirement.</param>
    public uint FindFits(string? profile, EndPoint? endPoint, UInt128? traits)
    {
        var network = _distinguishesNetworks ? NetworkWords.GetSet(endPoint) : AddressNetworks.None;
        var fits = 0u;
        for (var i = 0; i < All.Length; i++)
        {
            if (All[i].Takes(network, traits) && (profile is null || string.Equals(All[i].Profile, profile, StringComparison.Ordinal)))
                fits |= 1u << i;
        }

        return fits;
    }

    /// <summary>Gets the index of the group with a name; -1 if there is none.</summary>
    public int IndexOf(string? name)
    {
        for (var i = 0; i < All.Length; i++)
        {
            if (string.Equals(All[i].Name, name, StringComparison.Ordinal))
                return i;
        }

        return -1;
    }

    /// <summary>Gets the groups of a set, then those of another that are not in the first.</summary>
    public ImmutableArray<OutboundGroup> Select(uint first, uint then)
    {
        if (Count == 1)
            return All;
        var selected = ImmutableArray.CreateBuilder<OutboundGroup>();
        for (var i = 0; i < All.Length; i++)
        {
            if ((first & (1u << i)) != 0)
                selected.Add(All[i]);
        }

        for (var i = 0; i < All.Length; i++)
        {
            if ((then & ~first & (1u << i)) != 0)
                selected.Add(All[i]);
        }

        return selected.DrainToImmutable();
    }

    /// <summary>Determines whether other groups have the same names, profiles and requirements in the same order; the targets may differ.</summary>
    public bool HasSameRequirements(GroupSet other)
    {
        if (other.Count != Count)
            return false;
        for (var i = 0; i < Count; i++)
        {
            var (mine, theirs) = (All[i], other.All[i]);
            if (!string.Equals(mine.Name, theirs.Name, StringComparison.Ordinal) || !string.Equals(mine.Profile, theirs.Profile, StringComparison.Ordinal)
                || mine.Traits != theirs.Traits || mine.Networks != theirs.Networks)
                return false;
        }

        return true;
    }
}
