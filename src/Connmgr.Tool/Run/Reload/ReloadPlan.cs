using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The effects of a reloaded configuration: the changed settings, and those of them that can take effect at once. Pure.</summary>
/// <param name="Changes">The changed settings, by name.</param>
internal sealed record ReloadPlan(ImmutableArray<SettingChange> Changes)
{
    private const string Network = "--network";
    private const string Chain = "--chain";
    private const string Target = "--target";
    private const string Group = "--group";
    private const string Connect = "--connect";
    private const string AddPeer = "--add-peer";
    private const string MaxInbound = "--max-inbound";

    private static readonly FrozenSet<string> Limits = new LimitOptions().OfInbound.Select(option => option.Name).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Live = Limits.Concat([Target, Group, Connect, AddPeer, MaxInbound]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True when the groups of automatic peers change, or the number of those without groups.</summary>
    public bool ChangesTarget => Has(Target) || Has(Group);

    /// <summary>True when the number of inbound peers changes.</summary>
    public bool ChangesMaxInbound => Has(MaxInbound);

    /// <summary>True when other limits of inbound peers change.</summary>
    public bool ChangesLimits => Changes.Any(change => !change.NeedsRestart && Limits.Contains(change.Option));

    /// <summary>True when the permanent peers change.</summary>
    public bool ChangesPeers => Has(Connect) || Has(AddPeer);

    /// <summary>Compares two configurations.</summary>
    /// <param name="running">The settings of the running configuration.</param>
    /// <param name="wanted">The settings of the reloaded configuration.</param>
    public static ReloadPlan Create(ImmutableSortedDictionary<string, Setting> running, ImmutableSortedDictionary<string, Setting> wanted)
    {
        // A setting for another network does not apply to this run.
        var isSameNetwork = Setting.AreEqual(running.GetValueOrDefault(Network), wanted.GetValueOrDefault(Network))
            && Setting.AreEqual(running.GetValueOrDefault(Chain), wanted.GetValueOrDefault(Chain));
        return new(
        [
            .. from option in running.Keys.Union(wanted.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            let before = running.GetValueOrDefault(option)
            let after = wanted.GetValueOrDefault(option)
            where !Setting.AreEqual(before, after)
            select new SettingChange(option, Text(before), Text(after), !isSameNetwork || NeedsRestart(option, before, after)),
        ]);
    }

    /// <summary>Gets the effective options. Peers of --connect and --add-peer stay the same if their change needs a restart.</summary>
    public RunOptions Effective(RunOptions running, RunOptions wanted) => wanted with
    {
        Connect = Stays(Connect) ? running.Connect : wanted.Connect,
        AddPeers = Stays(AddPeer) ? running.AddPeers : wanted.AddPeers,
    };

    /// <summary>Gets the settings after the plan was carried out. A change that needs a restart is reported again at the next reload.</summary>
    public ImmutableSortedDictionary<string, Setting> Apply(
        ImmutableSortedDictionary<string, Setting> running, ImmutableSortedDictionary<string, Setting> wanted)
    {
        foreach (var change in Changes.Where(change => !change.NeedsRestart))
            running = wanted.TryGetValue(change.Option, out var setting) ? running.SetItem(change.Option, setting) : running.Remove(change.Option);
        return running;
    }

    private bool Stays(string option) => Changes.Any(change => change.NeedsRestart && change.IsFor(option));

    private bool Has(string option) => Changes.Any(change => !change.NeedsRestart && change.IsFor(option));

    /// <summary>
    /// Determines whether a change needs a restart. With the first peer of --connect, or without the last one, a run is of another kind: it
    /// has no automatic peers, or it has them.
    /// </summary>
    private static bool NeedsRestart(string option, Setting? before, Setting? after) => option is Connect
        ? (before?.Values ?? []).IsEmpty != (after?.Values ?? []).IsEmpty
        : !Live.Contains(option);

    private static string Text(Setting? setting) => setting is null ? "default" : setting.Values.IsEmpty ? "none" : SafeText.Line(string.Join(' ', setting.Values));
}
