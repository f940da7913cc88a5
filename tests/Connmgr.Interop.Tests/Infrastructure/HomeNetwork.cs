using System.Globalization;

namespace Connmgr.Interop;

/// <summary>
/// A machine behind a router, and a machine on the internet, each in a namespace: the router has a NAT and a firewall for IPv4, and a firewall for
/// IPv6, and nothing comes in until a port is mapped. Its program is miniupnpd, or none.
/// </summary>
internal sealed class HomeNetwork : IAsyncDisposable
{
    public const string Inside4 = "192.168.77.2";
    public const string Inside6 = "2a01:4f8:1::2";
    public const string Router4 = "192.168.77.1";
    public const string Public4 = "24.0.0.1";

    private const string Chains = """
        table inet filter {
            chain miniupnpd { }
            chain prerouting_miniupnpd { }
            chain postrouting_miniupnpd { }
            chain forward {
                type filter hook forward priority 0; policy drop;
                ct state established,related accept
                iifname "lan0" accept
                jump miniupnpd
            }
            chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
            chain postrouting { type nat hook postrouting priority 100; oifname "wan0" ip saddr 192.168.77.0/24 masquerade; jump postrouting_miniupnpd; }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-miniupnpd-").FullName;
    private readonly IDisposable _reap;
    private ServerProcess? _program;
    private int _starts;

    private HomeNetwork(NetworkNamespace inside, NetworkNamespace router, NetworkNamespace outside)
    {
        (Inside, Router, Outside) = (inside, router, outside);
        _reap = Reaper.Instance.Add($"rm -rf {_folder}");
    }

    /// <summary>The machine behind the router.</summary>
    public NetworkNamespace Inside { get; }

    public NetworkNamespace Router { get; }

    /// <summary>The machine on the internet.</summary>
    public NetworkNamespace Outside { get; }

    /// <summary>Makes the network, without a program on the router. Skips the test where that is not possible.</summary>
    public static async Task<HomeNetwork> CreateAsync(CancellationToken cancellationToken)
    {
        Servers.RequirePacketFilter();
        Servers.RequireIPv6();
        var (inside, router, outside) = (
            await NetworkNamespace.CreateAsync(isEverywhere: false, cancellationToken), await NetworkNamespace.CreateAsync(isEverywhere: false, cancellationToken),
            await NetworkNamespace.CreateAsync(isEverywhere: false, cancellationToken));
        var home = new HomeNetwork(inside, router, outside);
        try
        {
            await router.RunIpAsync($"link add lan0 type veth peer name eth0 netns {inside.Name}", cancellationToken);
            await router.RunIpAsync($"link add wan0 type veth peer name eth0 netns {outside.Name}", cancellationToken);
            foreach (var (network, device, addresses) in ((NetworkNamespace, string, string[])[])
                [
                    (router, "lan0", [$"{Router4}/24", "2a01:4f8:1::1/64"]), (router, "wan0", [$"{Public4}/24", "2a01:4f8:2::1/64"]),
                    (inside, "eth0", [$"{Inside4}/24", $"{Inside6}/64"]), (outside, "eth0", ["24.0.0.2/24", "2a01:4f8:2::2/64"]),
                ])
            {
                foreach (var address in addresses)
                    await network.RunIpAsync($"address add {address} dev {device}{(address.Contains(':', StringComparison.Ordinal) ? " nodad" : "")}", cancellationToken);
                await network.RunIpAsync($"link set {device} up", cancellationToken);
            }

            await inside.RunIpAsync($"route add default via {Router4}", cancellationToken);
            await inside.RunIpAsync("-6 route add default via 2a01:4f8:1::1", cancellationToken);
            await outside.RunIpAsync("-6 route add default via 2a01:4f8:2::1", cancellationToken);
            await router.RunAsync(
                "sh",
                ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 1 > /proc/sys/net/ipv4/conf/wan0/promote_secondaries"],
                cancellationToken);
            await home.ResetAsync(cancellationToken);
            return home;
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts miniupnpd on the router. Skips the test where there is none.</summary>
    public async Task StartProgramAsync(CancellationToken cancellationToken)
    {
        var path = Servers.RequireGateway();
        var name = (++_starts).ToString(CultureInfo.InvariantCulture);
        var settings = Path.Combine(_folder, $"{name}.conf");
        await File.WriteAllTextAsync(
            settings,
            $"""
            ext_ifname=wan0
            ext_ifname6=wan0
            listening_ip=lan0
            enable_natpmp=yes
            enable_upnp=yes
            port=5000
            uuid=11111111-2222-3333-4444-555555555555
            upnp_table_name=filter
            upnp_nat_table_name=filter
            upnp_forward_chain=miniupnpd
            upnp_nat_chain=prerouting_miniupnpd
            upnp_nat_postrouting_chain=postrouting_miniupnpd
            allow 1024-65535 192.168.77.0/24 1024-65535
            deny 0-65535 0.0.0.0/0 0-65535

            """,
            cancellationToken);
        var program = ServerProcess.Start(path, ["-d", "-f", settings, "-P", Path.Combine(_folder, $"{name}.pid")], Router);
        _program = program;
        await Poll.UntilAsync(
            _ =>
            {
                Assert.False(program.HasExited, $"miniupnpd did not start: {program.Output}");
                return Task.FromResult(program.Output.Contains("Listening for NAT-PMP/PCP traffic", StringComparison.Ordinal));
            },
            () => $"miniupnpd did not start: {program.Output}",
            cancellationToken);
    }

    /// <summary>Ends miniupnpd as a loss of power would: the router has no mapping any more.</summary>
    public async Task KillProgramAsync(CancellationToken cancellationToken)
    {
        await _program!.DisposeAsync();
        _program = null;
        await ResetAsync(cancellationToken);
    }

    /// <summary>Gets the rules of the router that forward to the machine behind it.</summary>
    public async Task<string> GetMappingsAsync(CancellationToken cancellationToken)
    {
        var rules = await Router.RunAsync("nft", ["list", "table", "inet", "filter"], cancellationToken);
        return string.Join('\n', rules.Split('\n').Where(static line => line.Contains("dport", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_program is not null)
            await _program.DisposeAsync();
        await Inside.DisposeAsync();
        await Outside.DisposeAsync();
        await Router.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        _reap.Dispose();
    }

    private async Task ResetAsync(CancellationToken cancellationToken)
    {
        var rules = Path.Combine(_folder, "rules.nft");
        await File.WriteAllTextAsync(rules, $"flush ruleset\n{Chains}\n", cancellationToken);
        await Router.RunAsync("nft", ["-f", rules], cancellationToken);
    }
}
