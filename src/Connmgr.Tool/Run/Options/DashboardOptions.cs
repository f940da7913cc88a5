using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The dashboard of a run or a crawl.</summary>
internal sealed class DashboardOptions : RunOptionGroup
{
    private const string Name = "--dashboard";

    private readonly Option<HostAndPort?> _address = new(Name)
    {
        Description = "Serve a dashboard, an API and metrics for a browser at this address; port 0 lets the system choose.",
        HelpName = "ADDRESS:PORT",
        CustomParser = result =>
        {
            var host = HostAndPort.ParseLocal(OptionToken.Get(result), out var error);
            if ((error ?? Fault(host!)) is { } wrong)
                result.AddError($"{Name} is '{OptionToken.Get(result)}': {wrong}.");
            return host;
        },
    };

    private readonly FlagOption _remote = new(
        "--dashboard-remote", "Allow --dashboard at an address that other machines can reach. Reading it then also needs the token.", canBeOff: true);

    private readonly HostsOption _hosts = HostsOption.Names(
        "--dashboard-host", "A host name of the dashboard, for example behind a proxy. May be given several times.");

    public override string Title => "Dashboard";

    public override IEnumerable<Option> Options => [_address, _remote, _hosts];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with { Dashboard = Get(parsed) };

    /// <summary>Gets the settings of the dashboard; null for none.</summary>
    /// <param name="parsed">A command line without errors.</param>
    public DashboardSettings? Get(ParseResult parsed) => parsed.GetValue(_address) is not { } address
        ? null
        : new DashboardSettings
        {
            Address = address.Address!,
            Port = address.Port!.Value,
            Hosts = [.. (parsed.GetValue(_hosts) ?? []).Select(host => host.ToString())],
        };

    public override void Validate(CommandResult result)
    {
        if (result.GetResult(_address) is not { } given)
        {
            if (result.GetValue(_remote) || result.GetResult(_hosts) is not null)
                result.AddError($"--dashboard-remote and --dashboard-host only apply with {Name}: add {Name} 127.0.0.1:8330, or leave them out.");
            return;
        }

        if (given.Tokens is [{ Value: var text }] && HostAndPort.ParseLocal(text, out _) is { Address: { } address } && !DashboardSettings.IsLoopback(address)
            && !result.GetValue(_remote))
        {
            result.AddError(
                $"other machines can reach {Name} {text}: use 127.0.0.1 (and ssh -L from other machines), or add --dashboard-remote.");
        }
    }

    private static string? Fault(HostAndPort host) => host switch
    {
        { Address: null } => "it is a name: write an address of this machine, such as 127.0.0.1:8330",
        { Port: null } => $"it has no port: write {host}:8330, or {host}:0 for a port that the system chooses",
        _ => null,
    };
}
