using System.CommandLine;
using System.CommandLine.Parsing;
using Connmgr.Fleet;

namespace Connmgr.Tool;

/// <summary>The options that join a fleet: <c>--redis</c> and <c>--fleet</c>.</summary>
internal sealed class FleetCommandOptions
{
    /// <summary>Their title in the help.</summary>
    public const string Title = "A fleet of several processes";

    private readonly Option<string?> _redis = new("--redis")
    {
        Description = "Share bans and addresses with other processes, through this Redis server.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _fleet = new("--fleet")
    {
        Description = "The name of these processes, as a server can have several fleets (default: the network).",
        HelpName = "NAME",
    };

    public IReadOnlyList<Option> All => [_redis, _fleet];

    /// <summary>Gets the fleet; null for none.</summary>
    /// <param name="parsed">A command line without errors.</param>
    /// <param name="network">The name of the network.</param>
    public FleetSettings? Get(ParseResult parsed, string network) =>
        parsed.GetValue(_redis) is { } redis ? new(redis, parsed.GetValue(_fleet) ?? network) : null;

    /// <summary>Reports errors that no option can find alone.</summary>
    public void Validate(CommandResult result)
    {
        var redis = Find(result, _redis);
        var fleet = Find(result, _fleet);
        if (redis is null && fleet is not null)
            result.AddError("--fleet only applies with --redis: add --redis 127.0.0.1:6379, or leave it out.");
        foreach (var error in new FleetOptions { Redis = redis ?? "127.0.0.1", Fleet = fleet ?? "default" }.GetErrors())
            result.AddError("--" + char.ToLowerInvariant(error[0]) + error[1..]);
    }

    private static string? Find(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false, Tokens: [{ Value: var text }] } ? text : null;
}
