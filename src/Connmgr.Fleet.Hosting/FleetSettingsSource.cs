using Connmgr.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Connmgr.Fleet.Hosting;

/// <summary>Reads the settings of one instance from its configuration section.</summary>
internal sealed class FleetSettingsSource(string name, IConfiguration section) : IConfigureNamedOptions<FleetSettings>
{
#pragma warning disable CA1725 // "name" is the name of the instance, with which the parameter is compared.
    public void Configure(string? instance, FleetSettings options)
    {
        if (!string.Equals(name, instance, StringComparison.Ordinal))
            return;
        options.SectionPath = (section as IConfigurationSection)?.Path;
        SettingsReader.Read(section, FleetSettings.Keys, options, options.Errors);
    }

    public void Configure(FleetSettings options) => Configure(Options.DefaultName, options);
}

/// <summary>Validates the settings of all instances, so that the host does not start with errors.</summary>
internal sealed class FleetSettingsValidator : IValidateOptions<FleetSettings>
{
    public ValidateOptionsResult Validate(string? name, FleetSettings options) =>
        options.GetErrors().Select(static error => error.TrimEnd('.')).ToList() is { Count: > 0 } errors ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
}
