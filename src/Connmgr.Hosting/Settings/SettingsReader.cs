using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>
/// Reads a configuration section into settings. Unlike .NET's binder it continues after an error, so that all errors are reported at once,
/// and reports unknown keys, so that a misspelt one is not ignored. It needs no reflection. Pure.
/// </summary>
internal static class SettingsReader
{
    /// <summary>Reads a section.</summary>
    /// <typeparam name="TSettings">The settings.</typeparam>
    /// <param name="section">The section.</param>
    /// <param name="keys">The known settings. Case does not matter.</param>
    /// <param name="settings">Receives the values.</param>
    /// <param name="errors">Receives the errors: a sentence each, which begins with the path in configuration.</param>
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
                // Null and an empty text mean "not set": not every place that sets an environment variable can unset it.
                if (!string.IsNullOrEmpty(child.Value) || child.GetChildren().Any())
                    found.Read(child, settings, errors);
            }
            else if (!keys.Any(key => key.Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)))
            {
                errors.Add($"{child.Path} is not a setting: {Advice(path, keys)}.");
            }
            else if (!string.IsNullOrEmpty(child.Value))
            {
                errors.Add($"{child.Path} is '{child.Value}': it is a group of settings, write those.");
            }
            else
            {
                Read(child, keys, settings, errors, path + ":");
            }
        }
    }

    private static string Advice<TSettings>(string path, ImmutableArray<SettingKey<TSettings>> keys) =>
        NearestText.Find(path, keys.SelectMany(static key => GetLevels(key.Path)).Distinct(StringComparer.Ordinal)) is { } nearest
            ? $"did you mean {nearest}"
            : "remove it, or see the list of settings in the guide";

    /// <summary>Gets a path and that of its group.</summary>
    private static IEnumerable<string> GetLevels(string path)
    {
        yield return path;
        if (path.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            yield return path[..colon];
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
