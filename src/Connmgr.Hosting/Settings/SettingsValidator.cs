using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>
/// Checks the settings of one instance. Until it was made, errors are thrown: the host does not start. Afterwards they are left in the
/// settings, for who takes up changes to log them: thrown, they would meet whoever touched the file.
/// </summary>
internal sealed class SettingsValidator<TSettings>(string name, InstanceState state, Func<TSettings, IEnumerable<string>> errorsOf) : IValidateOptions<TSettings>
    where TSettings : ConnectionSettings
{
    public ValidateOptionsResult Validate(string? name, TSettings options)
    {
        if (!string.Equals(name, Name, StringComparison.Ordinal))
            return ValidateOptionsResult.Skip;
        options.Errors.AddRange(errorsOf(options));
        return options.Errors.Count == 0 || state.IsMade ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Errors.Select(static error => error.TrimEnd('.')));
    }

    private string Name { get; } = name;
}
