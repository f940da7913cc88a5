using System.Collections.Immutable;
using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Translates the settings of Bitcoin Core on one network. The defaults that settings imply are those of its init.cpp. Pure.</summary>
internal sealed class CoreTranslation
{
    /// <summary>The automatic peers of Bitcoin Core that transactions are exchanged with.</summary>
    private const int FullPeers = 8;

    /// <summary>All outbound places of Bitcoin Core: these, two for blocks alone, and a feeler.</summary>
    private const int OutboundPlaces = FullPeers + 2 + 1;

    private const string DefaultControl = "127.0.0.1:9051";
    private const string Off = "0";

    /// <summary>The settings that show that the node is meant to listen.</summary>
    private static readonly string[] ListenSettings = ["port", "listen", "natpmp", "upnp"];

    private readonly CoreSettings _core;
    private readonly ImportPlaces _places;
    private readonly ImmutableArray<Setting>.Builder _settings = ImmutableArray.CreateBuilder<Setting>();
    private readonly Dictionary<string, string> _remarks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(["chain", "testnet", "testnet4", "signet", "regtest"], StringComparer.Ordinal);

    /// <summary>Translates the settings.</summary>
    public CoreTranslation(CoreSettings core, ImportPlaces places)
    {
        (_core, _places) = (core, places);
        AddPeers();
        AddSources();
        AddProxies();
        AddListeners();
        AddTor();
        AddIdentity();
        Remark("datadir", "give a run another directory by --data-dir; 'connmgr addresses import' reads peers.dat, and 'connmgr bans import' reads banlist.json");
        Remark("signetchallenge", "a custom signet needs --chain, with a file that has the signet-challenge, in place of --network");
        Settings = _settings.ToImmutable();
    }

    /// <summary>The settings of a run. A value may not be valid.</summary>
    public ImmutableArray<Setting> Settings { get; }

    /// <summary>The names of the settings that are taken into account.</summary>
    public IReadOnlySet<string> Used => _used;

    /// <summary>The remarks about settings that are not taken as they are, by name.</summary>
    public IReadOnlyDictionary<string, string> Remarks => _remarks;

    /// <summary>The password of Tor's control port, for the file that a setting names; null for none.</summary>
    public string? TorPassword { get; private set; }

    private bool Connects => _core.Get("connect") is not null;

    private bool HasProxy => _core.GetList("proxy").Any(static proxy => proxy is not ("" or Off));

    private long? MaxConnections => _core.Get("maxconnections") is { } text ? CoreSettings.ToNumber(text) : null;

    /// <summary>True when Bitcoin Core accepts peers.</summary>
    private bool Listens => _core.GetBool("listen") ?? (Binds.Count > 0 || !(Connects || _core.Get("proxy") is not (null or "" or Off) || MaxConnections <= 0));

    private List<string> Binds => [.. _core.GetList("bind"), .. _core.GetList("whitebind")];

    private void AddPeers()
    {
        var connect = _core.GetList("connect").Where(static peer => peer.Length > 0).ToList();
        var hasNone = Connects && connect is [] or [Off];
        AddList("--add-peer", "addnode", static peer => Bracket(peer));
        if (hasNone)
            Add("--target", "connect", Off);
        else
            AddList("--connect", "connect", static peer => Bracket(peer));
        if (MaxConnections is { } most)
        {
            Add("--max-inbound", "maxconnections", Number(Math.Max(0, most - OutboundPlaces)));
            if (most < FullPeers && !Connects)
                Add("--target", "maxconnections", Number(Math.Max(0, most)));
        }

        _used.UnionWith(["v2transport", "v2onlyclearnet"]);
        if (_core.GetBool("v2transport") is false)
            Add("--transport", "v2transport", "v1-only");
        else if (_core.GetBool("v2onlyclearnet") is true)
            Add("--transport", "v2onlyclearnet", "prefer-v2,ipv4=v2-only,ipv6=v2-only");
        else if (_core.GetBool("v2transport") is true)
            Add("--transport", "v2transport", "prefer-v2");
    }

    private void AddSources()
    {
        AddList("--seed-node", "seednode", static peer => Bracket(peer));
        if (_core.GetBool("dnsseed") is { } asks)
        {
            _used.Add("dnsseed");
            if (!asks)
                Add("--dns-seed", "dnsseed", SourceOptions.Off);
        }

        AddList("--only-net", "onlynet", static network => network.ToLowerInvariant() is "tor" ? "onion" : network.ToLowerInvariant());
        if (_core.GetBool("cjdnsreachable") is { } reaches)
        {
            _used.Add("cjdnsreachable");
            if (reaches)
                Add("--cjdns-reachable", "cjdnsreachable", "true");
        }

        if (_core.Get("asmap") is not { } map)
            return;
        _used.Add("asmap");
        if (!_core.IsNegated("asmap"))
        {
            var folder = Path.Combine(_core.Get("datadir") is { Length: > 0 } named ? named : _places.DataDirectory, _core.Network.Folder);
            Add("--asmap", "asmap", Path.Combine(folder, map.Length == 0 ? "ip_asn.map" : map));
        }
    }

    private void AddProxies()
    {
        _used.Add("proxy");
        if (HasProxy)
            AddList("--proxy", "proxy");
        if (_core.Get("i2psam") is { } sam)
        {
            _used.Add("i2psam");
            if (sam is not ("" or Off))
            {
                Add("--i2p-sam", "i2psam", sam);
                if (_core.GetBool("i2pacceptincoming") is false)
                    Add("--i2p-transient", "i2pacceptincoming", "true");
            }
        }
    }

    private void AddListeners()
    {
        _used.UnionWith(["listen", "bind", "port"]);
        AddList("--allow", "whitelist");
        AddList("--external-address", "externalip");
        if (_core.GetBool("discover") is { } discovers)
            Add("--discover", "discover", discovers ? "on" : "off");
        var maps = (Pcp: _core.GetBool("natpmp") is true, Upnp: _core.GetBool("upnp") is true);
        _used.UnionWith(["natpmp", "upnp"]);
        if (maps.Pcp || maps.Upnp)
            Add("--port-map", maps.Pcp ? "natpmp" : "upnp", maps.Pcp ? "auto" : "upnp");
        Remark("whitebind", "the address is in listen; a listener has no permissions here, so give them to addresses by --allow");
        if (!Listens)
        {
            foreach (var name in (string[])["bind", "port", "whitebind"])
                Remark(name, "Bitcoin Core does not listen, because of listen, connect, proxy or maxconnections");
            return;
        }

        var port = _core.Get("port") is { } text ? CoreSettings.ToNumber(text) : _core.Network.Port;
        if (Binds.Count > 0)
        {
            var source = _core.GetList("bind").Count > 0 ? "bind" : "whitebind";
            Add("--listen", source, [.. _core.GetList("bind").Select(bind => WithPort(bind, port)), .. _core.GetList("whitebind").Select(bind => WithPort(bind[(bind.IndexOf('@', StringComparison.Ordinal) + 1)..], port))]);
        }
        else if (_core.Get("listen") is not null || _core.Get("port") is not null || maps.Pcp || maps.Upnp)
        {
            Add("--listen", ListenSettings.First(name => _core.Get(name) is not null), [$"0.0.0.0:{Number(port)}", .. _places.HasIPv6 ? [$"[::]:{Number(port)}"] : (string[])[]]);
        }
    }

    private void AddTor()
    {
        var publishes = _core.GetBool("listenonion") ?? (Listens && _core.Get("torcontrol") is not null);
        _used.UnionWith(["listenonion", "onion"]);
        if (publishes)
        {
            Add("--tor-control", _core.Get("torcontrol") is null ? "listenonion" : "torcontrol", _core.Get("torcontrol") is { Length: > 0 } control ? control : DefaultControl);
            if (_core.Get("torpassword") is { Length: > 0 } password && _places.PasswordFile is { } file)
            {
                TorPassword = password;
                Add("--tor-password-file", "torpassword", file);
            }
            else
                Remark("torpassword", "write it to a file that only you can read, and name that by tor-password-file");
        }
        else
        {
            foreach (var name in (string[])["torcontrol", "torpassword"])
                Remark(name, "Bitcoin Core publishes no onion service, because of listenonion, listen, connect or proxy");
        }

        if (_core.Get("onion") is not { } onion)
            return;
        if (onion is not ("" or Off))
            Add("--onion-proxy", "onion", onion);
        else if (publishes)
            Remark("onion", "with --tor-control, .onion addresses are dialled through Tor; --only-net chooses the networks to dial");
        else if (onion is Off)
            Add("--onion-proxy", "onion", Off);
    }

    private void AddIdentity()
    {
        if (_core.GetBool("blocksonly") is { } isQuiet)
        {
            _used.Add("blocksonly");
            if (isQuiet)
                Add("--relay", "blocksonly", "off");
        }

        var comments = _core.GetList("uacomment").Where(static comment => comment.Length > 0).ToList();
        if (comments.Count > 0)
            Add("--user-agent", "uacomment", $"{BitcoinPeerOptions.DefaultUserAgent.TrimEnd('/')}({string.Join("; ", comments)})/");
    }

    /// <summary>Adds all values of an option but empty ones, which Bitcoin Core ignores or refuses.</summary>
    private void AddList(string ours, string core, Func<string, string>? convert = null)
    {
        string[] values = [.. _core.GetList(core).Where(static value => value.Length > 0).Select(convert ?? (static value => value)).Distinct(StringComparer.Ordinal)];
        _used.Add(core);
        if (values.Length > 0)
            Add(ours, core, [.. values]);
    }

    private void Add(string ours, string core, params ImmutableArray<string> values)
    {
        _used.Add(core);
        _settings.Add(new Setting(ours, values, new SettingSource(core, "it", _core.GetLine(core).Number)));
    }

    private void Remark(string name, string reason) => _remarks[name] = reason;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts an IPv6 address without a port into brackets, which Bitcoin Core does not need.</summary>
    private static string Bracket(string host) => !host.StartsWith('[') && host.Count(static letter => letter == ':') > 1 ? $"[{host}]" : host;

    /// <summary>Adds the port that Bitcoin Core takes by default: for an onion service, the next one.</summary>
    private static string WithPort(string bind, long port)
    {
        var isOnion = bind.EndsWith(ListenAddress.OnionSuffix, StringComparison.Ordinal);
        var host = Bracket(isOnion ? bind[..^ListenAddress.OnionSuffix.Length] : bind);
        var hasPort = host.LastIndexOf(':') > host.LastIndexOf(']');
        return $"{host}{(hasPort ? string.Empty : $":{Number(isOnion ? port + 1 : port)}")}{(isOnion ? ListenAddress.OnionSuffix : string.Empty)}";
    }
}
