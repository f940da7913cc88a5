using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>
/// The network of a run: the settings of <c>--network</c> and <c>--chain</c> in the first source that has one of them. Weaker sources have
/// no say, so <c>--network</c> on a command line replaces the chain of a file. Immutable.
/// </summary>
internal sealed class NetworkChoice
{
    private static readonly ImmutableArray<string> Known = [.. Enum.GetValues<NetworkName>().Select(Names.Get)];

    private readonly NetworkOption _option;
    private readonly Setting? _network;
    private readonly Setting? _chain;

    private NetworkChoice(NetworkOption option, Setting? network, Setting? chain, IEnumerable<string?> chains)
    {
        (_option, _network, _chain) = (option, network, chain);
        Name = chain is { Values: [var path] } ? ChainOption.Find(path)?.Name
            : network is { Values: [var name] } ? name
            : Names.Get(default(NetworkName));
        Tables = [.. Known, .. chains.OfType<string>()];
        KnowsAllTables = chains.All(static name => name is not null);
    }

    /// <summary>The name of the network, which selects a table of the file; null when the file of the chain is not valid.</summary>
    public string? Name { get; }

    /// <summary>The names that a table may have: of the known networks and of the chains of all sources.</summary>
    public ImmutableArray<string> Tables { get; }

    /// <summary>True unless the file of a chain is not valid, which may have the name of a table.</summary>
    public bool KnowsAllTables { get; }

    /// <summary>Chooses among sources.</summary>
    /// <param name="option">The option <c>--network</c>.</param>
    /// <param name="sources">The settings of each source, the strongest first.</param>
    public static NetworkChoice From(NetworkOption option, params IReadOnlyList<ImmutableArray<Setting>> sources)
    {
        var chosen = sources.FirstOrDefault(source => source.Any(setting => setting.IsFor(option) || setting.IsFor(option.Chain)), []);
        var chains = sources.SelectMany(source => source).Where(setting => setting.IsFor(option.Chain))
            .Select(setting => setting.Values is [var path] ? ChainOption.Find(path)?.Name : null);
        return new(option, chosen.FirstOrDefault(setting => setting.IsFor(option)), chosen.FirstOrDefault(setting => setting.IsFor(option.Chain)), [.. chains]);
    }

    /// <summary>Determines whether a setting has no effect, because a stronger source chose another network or chain.</summary>
    public bool Overrides(Setting setting) => (setting.IsFor(_option) && _network is null) || (setting.IsFor(_option.Chain) && _chain is null);
}
