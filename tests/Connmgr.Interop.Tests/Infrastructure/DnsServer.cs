using System.Net;
using System.Net.Sockets;

namespace Connmgr.Interop;

/// <summary>A real authoritative DNS server (nsd) in a namespace, at port 53 of an address there.</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly IDisposable _reap;
    private readonly ServerProcess _process;

    private DnsServer(string script, NetworkNamespace network, IPAddress address, IEnumerable<string> zoneFiles)
    {
        EndPoint = new IPEndPoint(address, 53);
        _folder = Directory.CreateTempSubdirectory("connmgr-nsd-").FullName;
        _reap = Reaper.Instance.Add($"rm -rf {_folder}");
        _process = ServerProcess.Start("bash", [script, _folder, $"{address}", "53", .. zoneFiles], network);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>What it wrote.</summary>
    public string Output => _process.Output;

    /// <summary>Starts one, with the zones of tests/servers/dnsseed.sh unless others are given. Skips the test where there is no nsd.</summary>
    public static async Task<DnsServer> StartAsync(
        NetworkNamespace network, IPAddress address, CancellationToken cancellationToken, params IEnumerable<string> zoneFiles)
    {
        var server = new DnsServer(Servers.RequireDnsServer(), network, address, zoneFiles);
        try
        {
            await Poll.UntilAsync(
                async token =>
                {
                    Assert.False(server._process.HasExited, $"nsd did not start: {server.Output}");
                    return await network.Run(() => IsReadyAsync(server.EndPoint, token));
                },
                () => $"nsd does not accept connections: {server.Output}",
                cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        _reap.Dispose();
    }

    private static async Task<bool> IsReadyAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
