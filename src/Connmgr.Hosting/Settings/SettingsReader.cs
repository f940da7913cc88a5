using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>
/// Reads a configuration section into settings. Unlike the binder of .NET it goes on after what it can't read, so that all of it is
/// reported at once, and reports what is no setting, so that a misspelt one is not ignored. It needs no reflection. Pure.
/// </summary>
internal static class SettingsReader
{
    /// <summary>Reads it.</summary>
    /// <typeparam name="TSettings">The settings.</typeparam>
    /// <param name="section">The section.</param>
    /// <param name="keys">What may stand in it. Case does not matter.</param>
    /// <param name="settings">Gets what could be read.</param>
    /// <param name="errors">Gets what could not, a sentence each, which begins with the path in configuration.</param>
    public static void Read<TSettings>(IConfiguration section, ImmutableArray<SettingKey<TSettings>> keys, TSettings settings, List<string> errors) =>
        Read(section, keys, settings, errors, prefix: string.Empty);

    private static void Read<TSettings>(
        IConfiguration section, ImmutableArray<SettingKey<TSettings>> keys, TSettings settings, List<string> errors, string prefix)
    {
        foreach (var child in section.GetChildren())
        {
            var path = prefix + child.Key;
            if (keys.FirstOrDefault(key => IsSame(key.Path, path)) is { } found)
            {
                // Neither null nor an empty text says anything: environment variables can't be unset in every place where they are set.
                if (!string.IsNullOrEmpty(child.Value) || child.GetChildren().Any())
                    found.Read(child, settings, errors);
            }
            else if (!keys.Any(key => key.Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)))
            {
                errors.Add($"{child.Path} is no setting: {Advice(path, keys)}.");
            }
            else if (!string.IsNullOrEmpty(child.Value))
            {
                errors.Add($"{child.Path} is '{child.Value}': it has settings of its own, write those.");
            }
            else
            {
                Read(child, keys, settings, errors, path + ":");
            }
        }
    }

    private static string Advice<TSettings>(string path, ImmutableArray<SettingKey<TSettings>> keys) =>
        NearestText.Of(path, keys.SelectMany(static key => Levels(key.Path)).Distinct(StringComparer.Ordinal)) is { } nearest
            ? $"did you mean {nearest}"
            : "take it out, or see the list of settings in the guide";

    /// <summary>The path, and that of the group it is in.</summary>
    private static IEnumerable<string> Levels(string path)
    {
        yield return path;
        if (path.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            yield return path[..colon];
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
