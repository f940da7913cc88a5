using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>
/// Validates the settings of one instance. Until the instance is created, errors are thrown and the host does not start. Afterwards they
/// stay in the settings, and <see cref="SettingsUpdate{TSettings}"/> logs them: thrown, they would reach the code that reloads the file.
/// </summary>
internal sealed class SettingsValidator<TSettings>(string name, InstanceState state, Func<TSettings, IEnumerable<string>> getErrors) : IValidateOptions<TSettings>
    where TSettings : ConnectionSettings
{
    public ValidateOptionsResult Validate(string? name, TSettings options)
    {
        if (!string.Equals(name, Name, StringComparison.Ordinal))
            return ValidateOptionsResult.Skip;
        options.Errors.AddRange(getErrors(options));
        return options.Errors.Count == 0 || state.IsCreated ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Errors.Select(static error => error.TrimEnd('.')));
    }

    private string Name { get; } = name;
}
