using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that takes a host and may be given several times; hosts given twice count once.</summary>
internal sealed class HostsOption : Option<HostPort[]>
{
    private HostsOption(string name, string helpName, string description, Func<HostPort, string?> fault)
        : base(name)
    {
        Description = description;
        HelpName = helpName;
        CustomParser = result =>
        {
            var hosts = new List<HostPort>();
            foreach (var token in result.Tokens)
            {
                var host = HostPort.Parse(token.Value, out var error);
                if ((error ?? fault(host!)) is { } wrong)
                    result.AddError($"{name} is '{token.Value}': {wrong}.");
                else if (!hosts.Contains(host!))
                    hosts.Add(host!);
            }

            return [.. hosts];
        };
    }

    /// <summary>Hosts to connect to: HOST or HOST:PORT.</summary>
    public static HostsOption Remote(string name, string description) => new(name, "HOST[:PORT]", description, host => host.Port == 0
        ? "its port is '0': use a number from 1 to 65535, or leave it out for the default of the network"
        : null);

    /// <summary>Local addresses to listen at: HOST:PORT.</summary>
    public static HostsOption Local(string name, string description) => new(name, "HOST:PORT", description, host => host.Port is null
        ? $"it has no port: write HOST:PORT, such as {host}:8333, or {host}:0 for a port that the system chooses"
        : null);

    /// <summary>Names of DNS seeds: HOST.</summary>
    public static HostsOption Seeds(string name, string description) => new(name, "HOST", description, host => host.Port is { } port
        ? $"it has a port: leave out :{port}, for a DNS seed tells hosts alone"
        : null);
}
