using System.Collections.Immutable;
using Connmgr.Hosting;

namespace Connmgr.Fleet.Hosting;

/// <summary>Settings of the fleet that a host joins, as configuration has them. Read at the start; changes apply at the next one. Not thread-safe.</summary>
public sealed class FleetSettings
{
    /// <summary>
    /// The Redis server, as StackExchange.Redis writes it: <c>127.0.0.1:6379</c>, or several nodes and settings, such as
    /// <c>redis-1:6379,redis-2:6379,password=...,ssl=true</c> (<see cref="FleetOptions.Redis"/>). Required. Not logged.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// The name of the fleet, from 1 to 64 letters, digits, dots, dashes and underscores (<see cref="FleetOptions.Fleet"/>). Null, the default: the name of the
    /// chain, as for <c>connmgr run</c>.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>
    /// The time after which the claims of a process that has died are free for others, from 1 to 30 s (<see cref="FleetOptions.LeaseDuration"/>). The same in
    /// all processes of a fleet. Default 15 s.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = new FleetOptions().LeaseDuration;

    /// <summary>True to dial only addresses that no other process of the fleet dials or holds (<see cref="PeerNetworkOptionsExtensions.UseClaims"/>). Default true.</summary>
    public bool Claims { get; set; } = true;

    /// <summary>True to share bans and discouraged hosts with the fleet (<see cref="SharedReputation"/>). Default true.</summary>
    public bool SharedBans { get; set; } = true;

    /// <summary>All settings. Nothing else can be configured.</summary>
    internal static ImmutableArray<SettingKey<FleetSettings>> Keys { get; } =
    [
        Key(nameof(Redis), SettingKinds.Secret, static s => s.Redis, static (s, value) => s.Redis = value),
        Key(nameof(Name), SettingKinds.Text, static s => s.Name, static (s, value) => s.Name = value),
        Key(nameof(LeaseDuration), SettingKinds.Duration, static s => s.LeaseDuration, static (s, value) => s.LeaseDuration = value),
        Key(nameof(Claims), SettingKinds.Flag, static s => s.Claims, static (s, value) => s.Claims = value),
        Key(nameof(SharedBans), SettingKinds.Flag, static s => s.SharedBans, static (s, value) => s.SharedBans = value),
    ];

    /// <summary>The errors of reading the configuration, a sentence each.</summary>
    internal List<string> Errors { get; } = [];

    /// <summary>The path of the section that was read; null for none.</summary>
    internal string? SectionPath { get; set; }

    /// <summary>Creates options.</summary>
    /// <param name="chain">The name of the chain.</param>
    internal FleetOptions ToOptions(string chain) => new() { Redis = Redis, Fleet = Name ?? chain, LeaseDuration = LeaseDuration };

    /// <summary>Gets all errors, a sentence each, which begins with the place in configuration.</summary>
    internal IEnumerable<string> GetErrors() => Errors.Concat(ToOptions("chain").GetErrors().Select(error =>
    {
        var space = error.IndexOf(' ', StringComparison.Ordinal);
        var option = error[..space] is nameof(FleetOptions.Fleet) ? nameof(Name) : error[..space];
        return $"{(SectionPath is { Length: > 0 } section ? $"{section}:" : $"{nameof(FleetSettings)}.")}{option}{error[space..]}";
    }));

    private static ValueKey<FleetSettings, TValue> Key<TValue>(
        string path, SettingKind<TValue> kind, Func<FleetSettings, TValue?> get, Action<FleetSettings, TValue> set) =>
        new(path, kind, settings => get(settings) is { } value ? kind.Write(value) : string.Empty, set);
}
