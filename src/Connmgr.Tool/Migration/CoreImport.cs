using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The settings of a run that a configuration file of Bitcoin Core stands for. Pure, immutable.</summary>
internal sealed class CoreImport
{
    private CoreImport(ImmutableArray<NetworkSettings> networks, ImmutableArray<ImportNote> notes, string? torPassword) =>
        (Networks, Notes, TorPassword) = (networks, notes, torPassword);

    /// <summary>The settings for each network that the file mentions, the chosen one first.</summary>
    public ImmutableArray<NetworkSettings> Networks { get; }

    /// <summary>The settings without a counterpart, by line.</summary>
    public ImmutableArray<ImportNote> Notes { get; }

    /// <summary>The content of the file for the password of Tor's control port; null for none.</summary>
    public string? TorPassword { get; }

    /// <summary>Translates a file.</summary>
    /// <param name="file">The file, without errors.</param>
    /// <param name="places">The places of files that settings name.</param>
    /// <exception cref="ToolException">The file chooses no network, or one that is not known here.</exception>
    public static CoreImport Create(CoreFile file, ImportPlaces places)
    {
        var chosen = ChooseNetwork(file);
        var others = CoreNetwork.All.Where(network => network != chosen && network.Name is not null
            && file.Entries.Any(entry => string.Equals(entry.Section, network.Section, StringComparison.Ordinal)));
        var notes = new List<ImportNote>();
        var networks = ImmutableArray.CreateBuilder<NetworkSettings>();
        string? password = null;
        foreach (var network in others.Prepend(chosen))
        {
            var settings = new CoreSettings(file, network);
            var translation = new CoreTranslation(settings, places);
            password ??= translation.TorPassword;
            var hasOther = translation.TorPassword is { } own && !string.Equals(own, password, StringComparison.Ordinal);
            if (hasOther)
                notes.Add(new(settings.GetLine("torpassword"), "torpassword", $"{network.Section} has another password than the one that is imported: write it to a file that only you can read, and name that by tor-password-file"));
            var kept = translation.Settings.Where(setting => !hasOther || setting.Option is not "--tor-password-file");
            networks.Add(new(network.Name!.Value, [.. kept.Select(setting => KeepValid(setting, settings, notes)).OfType<Setting>()]));
            notes.AddRange(file.Entries
                .Where(entry => string.Equals(entry.Section, network.Section, StringComparison.Ordinal) || (entry.Section.Length == 0 && network == chosen))
                .Select(entry => GetNote(entry, settings, translation))
                .OfType<ImportNote>());
        }

        notes.AddRange(file.Entries.Where(static entry => entry.Section.Length > 0 && CoreNetwork.Find(entry.Section)?.Name is null)
            .Select(static entry => new ImportNote(entry.Line, $"{entry.Section}.{entry.Name}", "this network is not known here")));
        return new(networks.ToImmutable(), [.. notes.Distinct().OrderBy(static note => note.Line.File).ThenBy(static note => note.Line.Number)], password);
    }

    /// <summary>Finds the network that the file chooses, as Bitcoin Core does: only outside of sections, and at most once.</summary>
    public static CoreNetwork ChooseNetwork(CoreFile file)
    {
        var general = new CoreSettings(file, new CoreNetwork(Section: "\n", Name: null, Port: 0, Folder: string.Empty)); // No section has this name.
        var chosen = new List<string>();
        foreach (var (option, section) in new[] { ("testnet", "test"), ("testnet4", "testnet4"), ("signet", "signet"), ("regtest", "regtest") })
        {
            if (general.GetBool(option) is true)
                chosen.Add(section);
        }

        if (general.Get("chain") is { } chain)
            chosen.Add(chain);
        if (chosen.Count > 1)
            throw new ToolException($"the file chooses more than one network, which Bitcoin Core does not accept: {string.Join(", ", chosen)}. Leave all but one out.");
        return chosen is [var one] ? CoreNetwork.Find(one) is { Name: not null } known ? known : throw new ToolException(
            $"the network '{SafeText.Line(one)}' is not known here: connmgr run --chain takes a file that describes another chain. Leave it out of the file to import the rest.")
            : CoreNetwork.Main;
    }

    /// <summary>Drops values that are not valid, with a note for each.</summary>
    /// <returns>The setting with the others; null when there are none.</returns>
    private static Setting? KeepValid(Setting setting, CoreSettings settings, List<ImportNote> notes)
    {
        var kept = ImmutableArray.CreateBuilder<string>();
        foreach (var value in setting.Values)
        {
            var option = new RunOptionSet().All.FirstOrDefault(option => setting.IsFor(option)); // Each parse needs a new one.
            var fault = option is null ? $"this connmgr has no {setting.Option}" : ConfigurationLoader.Faults(option, setting with { Values = [value] }).FirstOrDefault();
            if (fault is null)
                kept.Add(value);
            else
                notes.Add(new(settings.GetLine(setting.Source.Place, value), setting.Source.Place, fault.TrimEnd('.')));
        }

        return kept.Count == 0 ? null : setting with { Values = kept.ToImmutable() };
    }

    private static ImportNote? GetNote(CoreEntry entry, CoreSettings settings, CoreTranslation translation)
    {
        if (entry.Name is CoreFile.Include)
            return entry.Line.File == 0 ? null : new(entry.Line, entry.Name, "Bitcoin Core does not read it in a file that is included");
        if (settings.Ignores(entry))
            return new(entry.Line, entry.Name, $"on {settings.Network.Section}, Bitcoin Core takes it only from the section [{settings.Network.Section}]");
        if (translation.Remarks.TryGetValue(entry.Name, out var remark))
            return new(entry.Line, entry.Name, remark);
        return translation.Used.Contains(entry.Name) ? null : new(entry.Line, entry.Name, CoreOptions.GetReason(entry.Name));
    }
}

/// <summary>The settings of a run on one network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Settings">The settings, without <c>--network</c>.</param>
internal sealed record NetworkSettings(NetworkName Network, ImmutableArray<Setting> Settings);

/// <summary>A setting that is not imported, or not as it is.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reason">The reason, without a full stop.</param>
internal sealed record ImportNote(CoreLine Line, string Name, string Reason);

/// <summary>The places of files that settings name.</summary>
/// <param name="DataDirectory">The full path of Bitcoin Core's data directory, unless the file names one.</param>
/// <param name="PasswordFile">The full path of the file for the password of Tor's control port; null when none is written.</param>
/// <param name="HasIPv6">True when the system has IPv6, on which Bitcoin Core listens by default.</param>
internal sealed record ImportPlaces(string DataDirectory, string? PasswordFile, bool HasIPv6);
