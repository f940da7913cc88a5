using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Hosting;

/// <summary>The difference between the settings in force and new ones. Pure, immutable.</summary>
internal sealed record SettingsChange
{
    /// <summary>The changed settings that take effect now.</summary>
    public required ImmutableArray<string> Live { get; init; }

    /// <summary>The changed settings that take effect at the next start.</summary>
    public required ImmutableArray<string> AtNextStart { get; init; }

    /// <summary>The permanent peers to connect to.</summary>
    public required ImmutableArray<EndPoint> AddedPeers { get; init; }

    /// <summary>The permanent peers to remove.</summary>
    public required ImmutableArray<EndPoint> RemovedPeers { get; init; }

    /// <summary>Compares settings.</summary>
    /// <typeparam name="TSettings">The settings.</typeparam>
    /// <param name="keys">All settings.</param>
    /// <param name="initial">The settings at the start; those that cannot change at run time are in force from here.</param>
    /// <param name="current">The settings seen last.</param>
    /// <param name="next">The new ones.</param>
    /// <returns>The difference.</returns>
    public static SettingsChange Between<TSettings>(ImmutableArray<SettingKey<TSettings>> keys, TSettings initial, TSettings current, TSettings next)
        where TSettings : ConnectionSettings
    {
        var changed = keys.Where(key => AreDifferent(key, current, next)).ToList();
        return new SettingsChange
        {
            Live = [.. changed.Where(static key => key.IsLive).Select(static key => key.Path)],
            AtNextStart = [.. changed.Where(key => !key.IsLive && AreDifferent(key, initial, next)).Select(static key => key.Path)],
            AddedPeers = [.. next.PermanentPeers.Except(current.PermanentPeers)],
            RemovedPeers = [.. current.PermanentPeers.Except(next.PermanentPeers)],
        };
    }

    /// <summary>Determines whether a setting, or one of a group, is among <see cref="Live"/>.</summary>
    public bool Includes(string path) => Live.Any(each => string.Equals(each, path, StringComparison.Ordinal) || each.StartsWith(path + ":", StringComparison.Ordinal));

    private static bool AreDifferent<TSettings>(SettingKey<TSettings> key, TSettings one, TSettings other) =>
        !string.Equals(key.GetText(one), key.GetText(other), StringComparison.Ordinal);
}
