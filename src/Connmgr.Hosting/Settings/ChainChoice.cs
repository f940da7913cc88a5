namespace Connmgr.Hosting;

/// <summary>The chain that settings name.</summary>
internal static class ChainChoice
{
    /// <summary>Gets the chain: the one that the settings name, else the program's, else the one that the instance is named after.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="supplied">The chain of the program; null for none.</param>
    /// <param name="instance">The name of the instance.</param>
    /// <returns>The chain; null when none is named, or one that is not valid.</returns>
    public static ChainParameters? Find(BitcoinPeersSettings settings, ChainParameters? supplied, string instance)
    {
        if (settings.ChainFile is { } path)
            return settings.Chain is null ? Load(path).Chain : null;
        if (settings.Chain is null && supplied is not null)
            return supplied;
        return ChainParameters.All.FirstOrDefault(chain => string.Equals(chain.Name, settings.Chain ?? instance, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Gets the reasons why there is no chain, a sentence each.</summary>
    public static IEnumerable<string> GetErrors(BitcoinPeersSettings settings)
    {
        var (chain, file) = (settings.GetName(nameof(settings.Chain)), settings.GetName(nameof(settings.ChainFile)));
        if (settings.ChainFile is { } path)
            return settings.Chain is null ? Load(path).Errors.Select(error => $"{file} is '{path}': {error}") : [$"{chain} and {file} are both set: leave one out."];
        return
        [
            settings.Chain is null
                ? $"{chain} is missing: set it to {SettingKinds.ChainNames}, set {file}, or give one in the program by UseChain."
                : $"{chain} is '{settings.Chain}': use {SettingKinds.ChainNames}.",
        ];
    }

    private static (ChainParameters? Chain, IReadOnlyList<string> Errors) Load(string path)
    {
        try
        {
            return (ChainFile.Load(path), []);
        }
        catch (ChainFileException exception)
        {
            return (null, exception.Errors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, [$"it can't be read: {exception.Message}"]);
        }
    }
}
