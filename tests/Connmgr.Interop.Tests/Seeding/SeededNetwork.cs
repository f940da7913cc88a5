using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Interop.Seeding;

/// <summary>
/// A small mainnet in a namespace: DNS seeds under their real names at a real name server, real bitcoinds at routable addresses, and some thousand
/// addresses in the books of those, most of which swallow what is sent to them.
/// </summary>
internal sealed class SeededNetwork : IAsyncDisposable
{
    public const int Addresses = 5000;
    public const int AddressesPerSeed = 30;

    private const int Nodes = 3;

    private readonly List<BitcoindNode> _nodes = [];
    private readonly List<string> _zoneFiles = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-zones-").FullName;
    private DnsServer? _dns;

    private SeededNetwork(NetworkNamespace network, int alive)
    {
        Network = network;
        AliveAddresses = [.. Enumerable.Range(0, alive).Select(i => new IPAddress([(byte)(20 + (i / 100)), (byte)(100 + (i % 100)), 0, 1]))];
        DeadAddresses =
        [
            .. Enumerable.Range(0, Addresses - alive)
                .Select(i => new IPAddress([(byte)(20 + (i % 40)), (byte)(100 + (i % 97)), (byte)(1 + (i / 97)), (byte)(2 + (i % 200))])),
        ];
    }

    public static IPAddress NameServer { get; } = IPAddress.Parse("20.53.0.1");

    public NetworkNamespace Network { get; }

    /// <summary>The addresses at which somebody answers, each in a /16 of its own.</summary>
    public IReadOnlyList<IPAddress> AliveAddresses { get; }

    /// <summary>The addresses at which nobody does, in the /16s of those and in many others.</summary>
    public IReadOnlyList<IPAddress> DeadAddresses { get; }

    /// <summary>Starts all of it. Skips the test where something is not to be had.</summary>
    /// <param name="alive">How many of the addresses answer, at most 2000.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<SeededNetwork> StartAsync(int alive, CancellationToken cancellationToken)
    {
        Servers.RequireDnsServer();
        Servers.RequireBitcoind();
        var network = new SeededNetwork(await NetworkNamespace.CreateAsync(cancellationToken), alive);
        try
        {
            var filter = await PacketFilter.CreateAsync(network.Network, cancellationToken);
            await filter.SwallowAllButAsync(network.AliveAddresses, ChainParameters.Mainnet.DefaultPort, cancellationToken);
            await network.StartNodesAsync(cancellationToken);
            await network.WriteZonesAsync(cancellationToken);
            network.Network.UseNameServer(NameServer);
            network._dns = await DnsServer.StartAsync(network.Network, NameServer, cancellationToken, network._zoneFiles);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the name server, and puts something in its place that hears what it is asked and answers nothing.</summary>
    public async Task<Socket> SilenceDnsAsync()
    {
        await _dns!.DisposeAsync();
        _dns = null;
        return Network.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(NameServer, 53));
            return socket;
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        if (_dns is not null)
        {
            await _dns.DisposeAsync();
        }

        await Network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        var port = ChainParameters.Mainnet.DefaultPort;
        foreach (var addresses in AliveAddresses.Chunk((AliveAddresses.Count + Nodes - 1) / Nodes))
        {
            var node = await BitcoindNode.StartAsync(
                new BitcoindOptions
                {
                    Chain = "main",
                    Network = Network,
                    Address = addresses[0],
                    Port = port,
                    Arguments = [.. addresses.Skip(1).Select(address => $"-bind={address}:{port}")],
                },
                cancellationToken);
            _nodes.Add(node);

            // Its book, with what a node of some days would have heard of.
            await node.StopAsync(cancellationToken);
            var path = Path.Combine(node.ChainDirectory, PeersFile.FileName);
            await PeersFile.SaveAsync(MakeBook(), path, ChainParameters.Mainnet.Magic, cancellationToken);
            await node.StartAsync(cancellationToken);
        }
    }

    private AddressBook MakeBook()
    {
        var book = new AddressBook();
        var seen = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(3);
        foreach (var address in AliveAddresses.Concat(DeadAddresses))
        {
            var known = NetworkAddress.FromIPAddress(address);
            book.Add(new PeerAddress(new NetworkEndPoint(known, (ushort)ChainParameters.Mainnet.DefaultPort), 9, seen), known);
        }

        return book;
    }

    /// <summary>For each seed of the chain a zone with its service-bit name: as many of its addresses are alive as of all.</summary>
    private async Task WriteZonesAsync(CancellationToken cancellationToken)
    {
        var number = 0;
        foreach (var seed in ChainParameters.Mainnet.DnsSeeds)
        {
            var zone = new StringBuilder();
            zone.Append(CultureInfo.InvariantCulture, $"$ORIGIN {seed.Host}.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A {NameServer}\n");
            for (var i = 0; i < AddressesPerSeed; i++, number++)
            {
                var isAlive = number * (long)AliveAddresses.Count / Addresses < (number + 1) * (long)AliveAddresses.Count / Addresses;
                var address = isAlive ? AliveAddresses[number * 7 % AliveAddresses.Count] : DeadAddresses[number * 7 % DeadAddresses.Count];
                zone.Append(CultureInfo.InvariantCulture, $"x9 A {address}\n");
            }

            _zoneFiles.Add(Path.Combine(_folder, seed.Host));
            await File.WriteAllTextAsync(_zoneFiles[^1], zone.ToString(), cancellationToken);
        }
    }
}
