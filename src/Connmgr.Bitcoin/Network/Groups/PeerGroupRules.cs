namespace Connmgr.Bitcoin;

/// <summary>The rules for valid groups. Pure.</summary>
internal static class PeerGroupRules
{
    /// <summary>Gets the errors of one group.</summary>
    public static IEnumerable<string> GetErrors(PeerGroup group)
    {
        if (!IsName(group.Name))
        {
            yield return $"{nameof(group.Name)} is '{group.Name}': use 1 to {PeerGroup.MaxNameLength} letters (a to z), digits, dots, hyphens or "
                + "underscores, the first a letter or a digit.";
        }

        if (group.Target < 0)
            yield return Invariant($"{nameof(group.Target)} is {group.Target}: use 0 or more.");
        if (group.Networks == AddressNetworks.None || (group.Networks & AddressNetworks.All) != group.Networks)
            yield return $"{nameof(group.Networks)} is {group.Networks}: use at least one member of AddressNetworks.";
        if (!Enum.IsDefined(group.MinimumTransport))
            yield return Invariant($"{nameof(group.MinimumTransport)} is {group.MinimumTransport}: use V1 for any, or V2.");
        if (group.MinimumVersion < 0)
            yield return Invariant($"{nameof(group.MinimumVersion)} is {group.MinimumVersion}: use 0 for any, or a protocol version such as 70016.");
    }

    /// <summary>Gets the errors of the groups of a network.</summary>
    /// <param name="name">The name of the option that holds them.</param>
    /// <param name="groups">The groups.</param>
    public static IEnumerable<string> GetErrors(string name, IReadOnlyCollection<PeerGroup?>? groups)
    {
        if (groups is null)
        {
            yield return $"{name} is null: use an empty list for one group without requirements.";
            yield break;
        }

        if (groups.Count > PeerGroup.MaxCount)
            yield return Invariant($"{name} has {groups.Count} groups: use at most {PeerGroup.MaxCount}.");
        if (groups.Contains(null))
            yield return $"{name} contains null: leave it out.";
        var known = groups.OfType<PeerGroup>().ToList();
        foreach (var error in known.SelectMany(group => OptionsErrors.Under($"{name}[{group.Name}]", GetErrors(group))))
            yield return error;
        foreach (var twin in known.GroupBy(static group => group.Name, StringComparer.OrdinalIgnoreCase).Where(static same => same.Count() > 1))
            yield return Invariant($"{name} has {twin.Count()} groups named '{twin.Key}': give each its own name.");
        if (known.Select(static group => group.MinimumVersion).Where(static version => version > 0).Distinct().Count() is > PeerGroup.MaxVersions and var versions)
            yield return Invariant($"{name} has {versions} different lowest versions: use at most {PeerGroup.MaxVersions}.");
        if (known.Sum(static group => Math.Max(0L, group.Target)) > int.MaxValue)
            yield return $"{name} has targets that add up to more than {int.MaxValue}: use smaller ones.";
    }

    private static bool IsName(string? name) => name is { Length: > 0 and <= PeerGroup.MaxNameLength }
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
