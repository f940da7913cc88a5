using System.Collections.Frozen;
using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>
/// Combines the sources of a command's configuration: the command line overrides the environment, which overrides the table of the network in
/// the configuration file, which overrides the rest of the file. Values of one option are never merged from several sources. It can load
/// again, and then reads the file again.
/// </summary>
/// <param name="commandLine">The settings of the command line.</param>
/// <param name="file">The file that the command line names; null for none.</param>
/// <param name="variables">The environment.</param>
internal sealed class ConfigurationLoader(ImmutableArray<Setting> commandLine, string? file, IReadOnlyDictionary<string, string> variables)
{
    private const string FileVariable = SettingSource.VariablePrefix + "CONFIG";

    /// <summary>The variables of all commands, which share one environment.</summary>
    private static readonly Lazy<FrozenSet<string>> AllVariables = new(static () =>
        new RunOptionSet().All.Concat(new CrawlOptionSet().All).Select(static option => SettingSource.GetVariable(option.Name)).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Gets the settings of a command line.</summary>
    /// <param name="options">The options.</param>
    /// <param name="parsed">The command line, without errors.</param>
    public static ImmutableArray<Setting> FromCommandLine(IEnumerable<Option> options, ParseResult parsed) =>
    [
        .. from option in options
        let given = parsed.GetResult(option)
        where given is { Implicit: false }
        let values = given.Tokens.Select(token => IsFlag(option) ? token.Value.ToLowerInvariant() : token.Value).ToImmutableArray() // The parser also accepts True.
        select new Setting(option.Name, values.IsEmpty ? ["true"] : values, SettingSource.FromCommandLine(option.Name)),
    ];

    /// <summary>Loads the configuration.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="options">A new set of the options.</param>
    /// <param name="cancellationToken">Cancels the loading.</param>
    /// <exception cref="UsageException">The configuration has errors. The messages are all of them.</exception>
    /// <exception cref="ToolException">The file can't be read.</exception>
    public async Task<Configuration<TOptions>> LoadAsync<TOptions>(OptionSet<TOptions> options, CancellationToken cancellationToken)
    {
        var known = options.All.ToDictionary(option => option.Name, StringComparer.Ordinal);
        var errors = new List<ConfigurationError>();
        var environment = ReadEnvironment(options, known, errors);
        var read = await ReadFileAsync(environment, options.Folder, cancellationToken).ConfigureAwait(false);
        var choice = NetworkChoice.From(options.Network, commandLine, [.. environment], read is null ? [] : GetGeneral(read));
        var inFile = read is null ? [] : ReadEntries(read, options, known, choice, errors);

        foreach (var setting in environment.Concat(inFile.Select(entry => entry.Setting)))
            errors.AddRange(Faults(known[setting.Option], setting).Select(fault => new ConfigurationError(setting.Source.Line, fault)));

        var general = inFile.Where(entry => entry.Section is null).Select(entry => entry.Setting).ToList();
        var special = inFile.Where(entry => string.Equals(entry.Section, choice.Name, StringComparison.Ordinal)).Select(entry => entry.Setting);

        var settings = ImmutableSortedDictionary.CreateBuilder<string, Setting>(StringComparer.Ordinal);
        foreach (var setting in commandLine.Concat(environment).Concat(special).Concat(general).Where(setting => !choice.Overrides(setting)))
            settings.TryAdd(setting.Option, setting);

        var command = CreateCommand(options.All);
        command.Validators.Add(options.Validate);
        var parsed = command.Parse([.. settings.Values.SelectMany(setting => Words(known[setting.Option], setting))], ToolApp.Parser);
        var together = parsed.Errors.Where(error => errors.Count == 0 || error.SymbolResult is CommandResult).Select(error => error.Message).ToList();
        return errors.Count + together.Count > 0
            ? throw new UsageException(options.Command, [.. errors.OrderBy(error => error.Line).Select(error => error.Message), .. together])
            : new Configuration<TOptions>
            {
                Options = options.Read(parsed),
                Settings = settings.ToImmutable(),
                Known = [.. options.All.Select(option => option.Name)],
                File = read?.Path,
            };
    }

    private string? NamedFile => file ?? (variables.GetValueOrDefault(FileVariable) is { Length: > 0 } path ? path : null);

    private static bool IsFlag(Option option) => option.ValueType == typeof(bool);

    private static Command CreateCommand(IEnumerable<Option> options)
    {
        var command = new Command("run");
        foreach (var option in options)
            command.Add(option);
        return command;
    }

    /// <summary>Converts a setting to words of a command line. Each value is joined to its option, because it may begin with a hyphen.</summary>
    private static IEnumerable<string> Words(Option option, Setting setting) =>
        IsFlag(option) && setting.Values is not ["true" or "false"] ? [] : setting.Values.Select(value => $"{option.Name}={value}");

    /// <summary>Finds the faults of one setting.</summary>
    internal static IEnumerable<string> Faults(Option option, Setting setting)
    {
        if (setting.Values.Length == 0)
            return []; // No values: the same as no option.
        if (setting.Values.Any(string.IsNullOrEmpty))
            return [$"{setting.Source.Head} is empty: give a value, or leave it out."];
        if (IsFlag(option))
            return setting.Values is ["true" or "false"] ? [] : [$"{setting.Source.Head} is '{string.Join(' ', setting.Values)}': use true or false."];
        if (setting.Values.Length > 1 && option.Arity.MaximumNumberOfValues == 1)
            return [$"{setting.Source.Head} has {setting.Values.Length} values: give one."];
        return CreateCommand([option]).Parse([.. Words(option, setting)], ToolApp.Parser).Errors
            .Select(error => setting.Source.Describe(option.Name, error.Message));
    }

    private async Task<ConfigurationFile?> ReadFileAsync(List<Setting> environment, Option folder, CancellationToken cancellationToken)
    {
        if (NamedFile is { } path)
            return await ConfigurationFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        var directory = commandLine.Concat(environment).FirstOrDefault(setting => setting.IsFor(folder))?.Values[0];
        if (directory is null || !File.Exists(Path.Combine(directory, ConfigurationFile.DefaultName)))
            return null;
        return await ConfigurationFile.ReadAsync(Path.Combine(directory, ConfigurationFile.DefaultName), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the settings of environment variables. An empty variable is ignored.</summary>
    private List<Setting> ReadEnvironment(OptionSet set, Dictionary<string, Option> known, List<ConfigurationError> errors)
    {
        var settings = new List<Setting>();
        var options = known.Values.ToDictionary(option => SettingSource.GetVariable(option.Name), StringComparer.Ordinal);
        foreach (var (variable, text) in variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(SettingSource.VariablePrefix, StringComparison.Ordinal) || variable is FileVariable || IsOfKubernetes(variable) || text.Length == 0)
                continue;
            if (options.TryGetValue(variable, out var option))
                settings.Add(new Setting(option.Name, SplitValues(option, text), SettingSource.FromVariable(variable)));
            else if (!AllVariables.Value.Contains(variable))
                errors.Add(new(Line: 0, Unknown(set, $"the environment sets {variable}, which is not a setting", Suggestion.Among(variable, options.Keys), set.FindHint(variable[SettingSource.VariablePrefix.Length..].ToLowerInvariant()))));
        }

        return settings;
    }

    /// <summary>Determines whether Kubernetes sets a variable in each container for a service named connmgr.</summary>
    private static bool IsOfKubernetes(string variable) =>
        variable.StartsWith("CONNMGR_SERVICE_", StringComparison.Ordinal) || variable is "CONNMGR_PORT" || variable.StartsWith("CONNMGR_PORT_", StringComparison.Ordinal);

    /// <summary>Splits the text of a variable at spaces if the option takes several values.</summary>
    private static ImmutableArray<string> SplitValues(Option option, string text)
    {
        if (IsFlag(option))
            return [text switch { "1" => "true", "0" => "false", _ => text }];
        return option.Arity.MaximumNumberOfValues > 1
            ? [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]
            : [text];
    }

    /// <summary>Gets the settings of a file outside of tables, whether options have them or not.</summary>
    private static ImmutableArray<Setting> GetGeneral(ConfigurationFile read) =>
    [
        .. read.Entries.Where(entry => entry.Section is null)
            .Select(entry => new Setting($"--{entry.Key}", entry.Values, SettingSource.FromFile(read.Path, entry.Line, entry.Key))),
    ];

    private List<(string? Section, Setting Setting)> ReadEntries(
        ConfigurationFile read, OptionSet set, Dictionary<string, Option> known, NetworkChoice choice, List<ConfigurationError> errors)
    {
        errors.AddRange(read.Errors);
        var settings = new List<(string?, Setting)>();
        foreach (var entry in read.Entries)
        {
            if (known.TryGetValue($"--{entry.Key}", out var option) && FindFault(set, entry, option, choice) is null)
                settings.Add((entry.Section, new Setting(option.Name, entry.Values, SettingSource.FromFile(read.Path, entry.Line, entry.Key))));
            else
                errors.Add(new(entry.Line, $"{read.Path}:{entry.Line}: {FindFault(set, entry, option, choice) ?? set.FindHintForKey(entry.Key) ?? Unknown(set, $"{entry.Key} is not a setting", Suggestion.Among(entry.Key, known.Keys.Select(SettingSource.GetKey)))}"));
        }

        return settings;
    }

    /// <summary>Finds the fault in the position of an entry.</summary>
    private string? FindFault(OptionSet set, ConfigurationEntry entry, Option? option, NetworkChoice choice)
    {
        if (entry.Section is { } section && choice.KnowsAllTables && !choice.Tables.Contains(section, StringComparer.Ordinal))
            return Unknown(set, $"[{section}] is not a network; use one of {string.Join(", ", choice.Tables)}", Suggestion.Among(section, choice.Tables));
        if (entry.Section is not null && option is NetworkOption or ChainOption)
            return $"{entry.Key} chooses the network, so it can't be in a network's table: write it before the first [ ].";
        return option == set.Folder && NamedFile is null
            ? $"{entry.Key} is the directory in which this file was found: leave it out, or name the file by --config."
            : null;
    }

    private static string Unknown(OptionSet set, string what, string? suggestion, string? hint = null) =>
        hint is not null ? $"{what}: {hint}." : suggestion is null ? $"{what}: '{set.Command} --help' lists the settings." : $"{what}: did you mean {suggestion}?";
}
