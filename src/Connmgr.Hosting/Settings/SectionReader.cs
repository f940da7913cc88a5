using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>Reads the settings of one instance from its configuration section, each time they are created.</summary>
internal sealed class SectionReader<TSettings>(string name, IConfiguration section, ImmutableArray<SettingKey<TSettings>> keys) : IConfigureNamedOptions<TSettings>
    where TSettings : ConnectionSettings
{
#pragma warning disable CA1725 // "name" is the name of the instance, with which the parameter is compared.
    public void Configure(string? instance, TSettings options)
    {
        if (!string.Equals(name, instance, StringComparison.Ordinal))
            return;
        options.SectionPath = (section as IConfigurationSection)?.Path;
        options.IsSectionMissing |= section is IConfigurationSection one && !one.Exists();
        SettingsReader.Read(section, keys, options, options.Errors);
    }

    public void Configure(TSettings options) => Configure(Options.DefaultName, options);
}
