using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>What a configuration that was read again changes of a run: which settings, and what of them can be done at once. Pure.</summary>
/// <param name="Changes">The settings that are other ones, by name.</param>
internal sealed record ReloadPlan(ImmutableArray<SettingChange> Changes)
{
    private const string Network = "--network";
    private const string Target = "--target";
    private const string Connect = "--connect";
    private const string AddPeer = "--add-peer";
    private const string MaxInbound = "--max-inbound";

    private static readonly FrozenSet<string> Limits = new LimitOptions().Options.Select(option => option.Name).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Live = Limits.Concat([Target, Connect, AddPeer, MaxInbound]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the number of automatic peers changes.</summary>
    public bool ChangesTarget => Has(Target);

    /// <summary>Whether the number of inbound peers changes.</summary>
    public bool ChangesMaxInbound => Has(MaxInbound);

    /// <summary>Whether other limits of them change.</summary>
    public bool ChangesLimits => Changes.Any(change => !change.NeedsRestart && Limits.Contains(change.Option));

    /// <summary>Whether the permanent peers change.</summary>
    public bool ChangesPeers => Has(Connect) || Has(AddPeer);

    /// <summary>Compares two.</summary>
    /// <param name="running">The settings that the run goes by.</param>
    /// <param name="wanted">Those that it is to go by.</param>
    public static ReloadPlan Of(ImmutableSortedDictionary<string, Setting> running, ImmutableSortedDictionary<string, Setting> wanted)
    {
        // What is meant for another network is not for this run.
        var isSameNetwork = Setting.AreEqual(running.GetValueOrDefault(Network), wanted.GetValueOrDefault(Network));
        return new(
        [
            .. from option in running.Keys.Union(wanted.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            let before = running.GetValueOrDefault(option)
            let after = wanted.GetValueOrDefault(option)
            where !Setting.AreEqual(before, after)
            select new SettingChange(option, Text(before), Text(after), !isSameNetwork || NeedsRestart(option, before, after)),
        ]);
    }

    /// <summary>The peers that the run is to keep: those of --connect and --add-peer stay as they were where a change of them needs a restart.</summary>
    public RunOptions Effective(RunOptions running, RunOptions wanted) => wanted with
    {
        Connect = Stays(Connect) ? running.Connect : wanted.Connect,
        AddPeers = Stays(AddPeer) ? running.AddPeers : wanted.AddPeers,
    };

    /// <summary>The settings that the run goes by once the plan was carried out; what needs a restart is told of again the next time.</summary>
    public ImmutableSortedDictionary<string, Setting> Apply(
        ImmutableSortedDictionary<string, Setting> running, ImmutableSortedDictionary<string, Setting> wanted)
    {
        foreach (var change in Changes.Where(change => !change.NeedsRestart))
            running = wanted.TryGetValue(change.Option, out var setting) ? running.SetItem(change.Option, setting) : running.Remove(change.Option);
        return running;
    }

    private bool Stays(string option) => Changes.Any(change => change.NeedsRestart && change.IsOf(option));

    private bool Has(string option) => Changes.Any(change => !change.NeedsRestart && change.IsOf(option));

    /// <summary>With the first peer of --connect, and without the last, a run is of another kind: it has no automatic peers, or has them.</summary>
    private static bool NeedsRestart(string option, Setting? before, Setting? after) => option is Connect
        ? (before?.Values ?? []).IsEmpty != (after?.Values ?? []).IsEmpty
        : !Live.Contains(option);

    private static string Text(Setting? setting) => setting is null ? "default" : setting.Values.IsEmpty ? "none" : SafeText.Line(string.Join(' ', setting.Values));
}
