using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Hosting;

/// <summary>What is different between the settings in force and new ones. Pure, immutable.</summary>
internal sealed record SettingsChange
{
    /// <summary>The settings that are in force from now on.</summary>
    public required ImmutableArray<string> Live { get; init; }

    /// <summary>The settings of which the change waits for the next start.</summary>
    public required ImmutableArray<string> AtNextStart { get; init; }

    /// <summary>The permanent peers to connect to.</summary>
    public required ImmutableArray<EndPoint> AddedPeers { get; init; }

    /// <summary>The permanent peers to let go.</summary>
    public required ImmutableArray<EndPoint> RemovedPeers { get; init; }

    /// <summary>Compares settings.</summary>
    /// <typeparam name="TSettings">The settings.</typeparam>
    /// <param name="keys">All of them.</param>
    /// <param name="made">Those that everything was made with, of which the ones that can't change are in force.</param>
    /// <param name="now">Those seen last.</param>
    /// <param name="next">The new ones.</param>
    /// <returns>The difference.</returns>
    public static SettingsChange Between<TSettings>(ImmutableArray<SettingKey<TSettings>> keys, TSettings made, TSettings now, TSettings next)
        where TSettings : ConnectionSettings
    {
        var changed = keys.Where(key => AreDifferent(key, now, next)).ToList();
        return new SettingsChange
        {
            Live = [.. changed.Where(static key => key.IsLive).Select(static key => key.Path)],
            AtNextStart = [.. changed.Where(key => !key.IsLive && AreDifferent(key, made, next)).Select(static key => key.Path)],
            AddedPeers = [.. next.PermanentPeers.Except(now.PermanentPeers)],
            RemovedPeers = [.. now.PermanentPeers.Except(next.PermanentPeers)],
        };
    }

    /// <summary>Whether a setting, or one of a group, is among <see cref="Live"/>.</summary>
    public bool IsOf(string path) => Live.Any(each => string.Equals(each, path, StringComparison.Ordinal) || each.StartsWith(path + ":", StringComparison.Ordinal));

    private static bool AreDifferent<TSettings>(SettingKey<TSettings> key, TSettings one, TSettings other) =>
        !string.Equals(key.TextOf(one), key.TextOf(other), StringComparison.Ordinal);
}
