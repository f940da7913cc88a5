using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that takes a host and may be given several times. Duplicates are ignored.</summary>
internal sealed class HostsOption : Option<HostAndPort[]>
{
    private delegate HostAndPort? Parser(string text, out string? error);

    private HostsOption(string name, string helpName, string description, Parser parse)
        : base(name)
    {
        Description = description;
        HelpName = helpName;
        CustomParser = result =>
        {
            var hosts = new List<HostAndPort>();
            foreach (var token in result.Tokens)
            {
                if (parse(token.Value, out var error) is not { } host)
                    result.AddError($"{name} is '{token.Value}': {error}.");
                else if (!hosts.Contains(host))
                    hosts.Add(host);
            }

            return [.. hosts];
        };
    }

    /// <summary>Creates an option for hosts to connect to: HOST or HOST:PORT.</summary>
    public static HostsOption Remote(string name, string description) => new(
        name, "HOST[:PORT]", description, static (text, out error) => HostAndPort.ParseRemote(text, out error));

    /// <summary>Creates an option for names, such as those of DNS seeds: HOST.</summary>
    public static HostsOption Names(string name, string description) => new(name, "HOST", description, HostAndPort.ParseHost);
}

/// <summary>An argument that takes a host to connect to.</summary>
internal sealed class HostArgument : Argument<HostAndPort?>
{
    /// <param name="name">The name.</param>
    /// <param name="description">The description in the help.</param>
    public HostArgument(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "HOST[:PORT]";
        CustomParser = result =>
        {
            var host = HostAndPort.ParseRemote(OptionToken.Get(result), out var error);
            if (error is not null)
                result.AddError($"'{OptionToken.Get(result)}' is not HOST[:PORT]: {error}.");
            return host;
        };
    }
}
