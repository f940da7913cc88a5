using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that takes a host and may be given several times; hosts given twice count once.</summary>
internal sealed class HostsOption : Option<HostPort[]>
{
    private delegate HostPort? Parser(string text, out string? error);

    private HostsOption(string name, string helpName, string description, Parser parse, Func<HostPort, string?>? fault = null)
        : base(name)
    {
        Description = description;
        HelpName = helpName;
        CustomParser = result =>
        {
            var hosts = new List<HostPort>();
            foreach (var token in result.Tokens)
            {
                var host = parse(token.Value, out var error);
                if ((error ?? fault?.Invoke(host!)) is { } wrong)
                    result.AddError($"{name} is '{token.Value}': {wrong}.");
                else if (!hosts.Contains(host!))
                    hosts.Add(host!);
            }

            return [.. hosts];
        };
    }

    /// <summary>Hosts to connect to: HOST or HOST:PORT.</summary>
    public static HostsOption Remote(string name, string description) => new(
        name, "HOST[:PORT]", description, static (text, out error) => HostPort.ParseRemote(text, out error));

    /// <summary>Local addresses to listen at: HOST:PORT.</summary>
    public static HostsOption Local(string name, string description) => new(name, "HOST:PORT", description, HostPort.ParseLocal, host => host.Port is null
        ? $"it has no port: write HOST:PORT, such as {host}:8333, or {host}:0 for a port that the system chooses"
        : null);

    /// <summary>Names, such as those of DNS seeds: HOST.</summary>
    public static HostsOption Names(string name, string description) => new(name, "HOST", description, HostPort.ParseHost);
}
