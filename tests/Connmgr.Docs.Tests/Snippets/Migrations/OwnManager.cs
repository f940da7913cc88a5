using System.Collections.Concurrent;
using System.Net;
using NBitcoin;
using NBitcoin.Protocol;
using Services = NBitcoin.Protocol.NodeServices;

namespace Connmgr.Docs.Tests.Snippets.Migrations;

// snippet: before
/// <summary>The manager that wallets write: a loop that looks every second whether there are enough nodes.</summary>
internal sealed class OwnManager(Network network, int target)
{
    private readonly ConcurrentDictionary<IPEndPoint, Node> _nodes = new();
    private readonly ConcurrentQueue<IPEndPoint> _addresses = new();
    private readonly ConcurrentDictionary<IPEndPoint, DateTimeOffset> _resting = new();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (_addresses.IsEmpty)
                await HarvestAsync(stop);
            while (_nodes.Count < target && _addresses.TryDequeue(out var address))
                await ConnectAsync(address, stop); // One after the other: a dead address costs five seconds.
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (var node in _nodes.Values)
            node.DisconnectAsync("stopped");
    }

    public Task BroadcastAsync(Transaction transaction) =>
        Task.WhenAll(_nodes.Values.Select(node => node.SendMessageAsync(new TxPayload(transaction)))); // Unasked for: peers may see whose it is.

    private async Task HarvestAsync(CancellationToken stop)
    {
        foreach (var seed in network.DNSSeeds)
        {
            foreach (var address in await Dns.GetHostAddressesAsync(seed.Host, stop))
                _addresses.Enqueue(new(address, network.DefaultPort));
        }
    }

    private async Task ConnectAsync(IPEndPoint address, CancellationToken stop)
    {
        if (_nodes.ContainsKey(address) || (_resting.TryGetValue(address, out var until) && TimeProvider.System.GetUtcNow() < until))
            return;
        try
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
            var node = await Node.ConnectAsync(network, address, new NodeConnectionParameters { ConnectCancellation = deadline.Token, IsRelay = false });
            await node.VersionHandshakeAsync(deadline.Token);
            if (!node.PeerVersion.Services.HasFlag(Services.NODE_COMPACT_FILTERS) && _nodes.Count >= target - 5)
                node.DisconnectAsync("no filters, and their places are left"); // After all that work.
            else if (_nodes.TryAdd(address, node))
                node.Disconnected += _ => _nodes.TryRemove(address, out Node? _);
        }
        catch (Exception e) when (e is OperationCanceledException or ProtocolException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            _resting[address] = TimeProvider.System.GetUtcNow().AddMinutes(10); // And never forgotten.
        }
    }
}
// end
