using System.Collections.Frozen;

namespace Connmgr.Tool;

/// <summary>The options of Bitcoin Core that concern connections, with their counterparts here.</summary>
internal static class CoreOptions
{
    private static readonly FrozenSet<string> Known = new RunOptionSet().All.Select(static option => option.Name).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The options with a counterpart, which is a text that begins with its name.</summary>
    private static readonly FrozenDictionary<string, string> Counterparts = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["addnode"] = "--add-peer",
        ["asmap"] = "--asmap",
        ["bind"] = "--listen",
        ["blocksonly"] = "--relay off",
        ["chain"] = "--network",
        ["cjdnsreachable"] = "--cjdns-reachable",
        ["conf"] = "--config",
        ["connect"] = "--connect",
        ["datadir"] = "--data-dir",
        ["discover"] = "--discover",
        ["dnsseed"] = "--dns-seed, which takes a host, or off",
        ["externalip"] = "--external-address",
        ["i2pacceptincoming"] = "--i2p-transient",
        ["i2psam"] = "--i2p-sam",
        ["listen"] = "--listen, which takes an address",
        ["listenonion"] = "--tor-control",
        ["maxconnections"] = "--max-inbound for inbound peers, and --target for outbound ones",
        ["natpmp"] = "--port-map",
        ["onion"] = "--onion-proxy",
        ["onlynet"] = "--only-net",
        ["port"] = "--listen, which takes the port too",
        ["proxy"] = "--proxy",
        ["regtest"] = "--network regtest",
        ["seednode"] = "--seed-node",
        ["signet"] = "--network signet",
        ["signetchallenge"] = "--chain with a file that has the signet-challenge",
        ["testnet4"] = "--network testnet4",
        ["torcontrol"] = "--tor-control",
        ["torpassword"] = "--tor-password-file, a file with the password",
        ["uacomment"] = "--user-agent",
        ["upnp"] = "--port-map",
        ["v2onlyclearnet"] = "--transport prefer-v2,ipv4=v2-only,ipv6=v2-only",
        ["v2transport"] = "--transport",
        ["whitebind"] = "--listen, and --allow for the permissions of addresses",
        ["whitelist"] = "--allow",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The options without a counterpart, with the reason.</summary>
    private static readonly FrozenDictionary<string, string> Reasons = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bantime"] = "'connmgr bans add' takes a --duration for each ban, 24h by default",
        ["dns"] = "a run always looks up the names that it is given",
        ["fixedseeds"] = "no addresses are built in; --fixed-peers names a file of them",
        ["forcednsseed"] = "DNS seeds are asked only when there are too few addresses",
        ["maxreceivebuffer"] = "--receive-budget limits the memory of all peers together",
        ["maxsendbuffer"] = "the send buffer of a peer has a fixed limit",
        ["maxuploadtarget"] = "a run uploads no blocks",
        ["networkactive"] = "a run is always active",
        ["peerblockfilters"] = "a run serves no filters",
        ["peerbloomfilters"] = "a run serves no filters",
        ["peertimeout"] = "the timeouts are fixed",
        ["proxyrandomize"] = "each connection through a proxy has its own circuit",
        ["test"] = "the third test network is not known here; --chain takes a file that describes a chain",
        ["testnet"] = "the third test network is not known here; --chain takes a file that describes a chain",
        ["timeout"] = "the timeouts are fixed",
        ["whitelistforcerelay"] = "a run relays no transactions",
        ["whitelistrelay"] = "a run relays no transactions",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Finds a hint for a key of a configuration file, as <see cref="FindHint"/> does for a word of a command line.</summary>
    public static string? FindHintForKey(string key) => FindHint(key)?.Replace("--", string.Empty, StringComparison.Ordinal) is { } hint ? $"{hint}." : null;

    /// <summary>Finds a hint for an option of Bitcoin Core.</summary>
    /// <param name="text">A word of a command line, or a key of a file: with or without hyphens, "no" and a value.</param>
    /// <returns>A sentence without a full stop; null when it is no such option.</returns>
    public static string? FindHint(string text)
    {
        var name = text.TrimStart('-').Split('=')[0];
        if (FindHintOf(name) is { } hint)
            return hint;
        return name.StartsWith("no", StringComparison.Ordinal) ? FindHintOf(name[2..]) : null;
    }

    /// <summary>Gets the reason why a setting is not imported. For one that has a counterpart, which does not apply here, it names that.</summary>
    public static string GetReason(string name) =>
        Reasons.GetValueOrDefault(name)
        ?? (FindCounterpart(name) is { } ours ? $"it has no effect here; the counterpart is {ours}" : "it has no counterpart in a run, which only manages connections");

    private static string? FindCounterpart(string name) => Counterparts.GetValueOrDefault(name) is { } ours && Known.Contains(ours.Split(' ', ',')[0]) ? ours : null;

    private static string? FindHintOf(string name)
    {
        if (Counterparts.GetValueOrDefault(name) is { } ours)
        {
            return ours is "--config" || FindCounterpart(name) is not null
                ? $"{name} is an option of Bitcoin Core: use {ours}"
                : $"{name} is an option of Bitcoin Core, which has no counterpart here";
        }

        return Reasons.GetValueOrDefault(name) is { } reason ? $"{name} is an option of Bitcoin Core, which has no counterpart here: {reason}" : null;
    }
}
