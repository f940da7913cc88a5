using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary><c>connmgr seed</c>: lists the addresses of each DNS seed.</summary>
internal sealed class SeedCommand(ToolEnvironment environment)
{
    private const int DefaultTimeout = 20;

    private readonly NetworkOption _network = new();

    private readonly HostsOption _dnsSeeds =
        HostsOption.Names("--dns-seed", "Ask this DNS seed instead of those of the network. May be given several times.");

    private readonly DnsServerOption _dnsServer = new();

    private readonly ServicesOption _services = new();

    private readonly SecondsOption _timeout =
        new("--timeout", TimeSpan.FromHours(1), DefaultTimeout, $"The timeout for each seed (default {DefaultTimeout}).");

    private readonly FlagOption _json = FlagOption.Json();

    public Command Build()
    {
        var command = new DocumentedCommand(
            "seed",
            "Asks DNS seeds for addresses of peers, and lists the answer or the failure of each.",
            "connmgr seed --network mainnet",
            "connmgr seed --network signet --services network+witness+filters",
            "connmgr seed --network mainnet --dns-seed seed.example.org --dns-server 127.0.0.1:5353",
            "connmgr seed --network mainnet --json | jq -r '.addresses[]'")
        {
            _network, _network.Chain, _dnsSeeds, _dnsServer, _services, _timeout, _json,
        };
        command.Validators.Add(Validate);
        command.SetAction((parsed, cancellationToken) => new SeedSession(Options(parsed), environment).RunAsync(cancellationToken));
        return command;
    }

    private SeedOptions Options(ParseResult parsed) => new()
    {
        Chain = NetworkWorld.WithDnsSeeds(_network.Chain.GetNamed(parsed) ?? NetworkWorld.GetChain(default), parsed.GetValue(_dnsSeeds) ?? []),
        Services = parsed.GetValue(_services) ?? ServicesOption.Default,
        DnsServer = parsed.GetValue(_dnsServer),
        Timeout = parsed.GetValue(_timeout) ?? TimeSpan.FromSeconds(DefaultTimeout),
        Json = parsed.GetValue(_json),
    };

    private void Validate(CommandResult result)
    {
        if (result.GetResult(_network.Chain) is not null)
        {
            if (_network.Chain.Find(result) is { DnsSeeds.IsEmpty: true } chain && result.GetResult(_dnsSeeds) is null)
                result.AddError($"{chain.Name} has no DNS seeds: add dns-seeds to its file, or --dns-seed HOST.");
            return;
        }

        // GetValue throws for a value that can't be parsed.
        var network = result.GetResult(_network)?.Tokens is [{ Value: var given }] ? given : Names.Get(NetworkName.Sandbox);
        if (network is "sandbox" or "regtest" && result.GetResult(_dnsSeeds) is null)
        {
            result.AddError(
                $"{network} has no DNS seeds: add --network mainnet (or testnet4 or signet), or --dns-seed HOST.");
        }
    }
}
