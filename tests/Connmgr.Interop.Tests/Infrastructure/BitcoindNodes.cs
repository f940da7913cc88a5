using System.Collections;
using System.Net;
using System.Runtime.ExceptionServices;

namespace Connmgr.Interop;

/// <summary>Several nodes that were started at once and end together.</summary>
internal sealed class BitcoindNodes : IReadOnlyList<BitcoindNode>, IAsyncDisposable
{
    private readonly List<BitcoindNode> _nodes = [];

    public int Count => _nodes.Count;

    public BitcoindNode this[int index] => _nodes[index];

    /// <summary>Starts nodes on loopback.</summary>
    public static Task<BitcoindNodes> StartAsync(int count, CancellationToken cancellationToken) =>
        StartAsync(Enumerable.Repeat(new BitcoindOptions(), count), cancellationToken);

    /// <summary>Starts nodes in a namespace, at these addresses.</summary>
    public static Task<BitcoindNodes> StartAsync(
        NetworkNamespace network, CancellationToken cancellationToken, params IEnumerable<string> addresses) => StartAsync(
            addresses.Select(address => new BitcoindOptions { Network = network, Address = IPAddress.Parse(address) }), cancellationToken);

    public IEnumerator<BitcoindNode> GetEnumerator() => _nodes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    /// <summary>Starts nodes with these options.</summary>
    public static async Task<BitcoindNodes> StartAsync(IEnumerable<BitcoindOptions> options, CancellationToken cancellationToken)
    {
        Servers.RequireBitcoind();
        var nodes = new BitcoindNodes();
        var starts = options.Select(each => BitcoindNode.StartAsync(each, cancellationToken)).ToList();
        Exception? failure = null;
        foreach (var start in starts)
        {
            try
            {
                nodes._nodes.Add(await start);
            }
            catch (Exception exception)
            {
                failure ??= exception;
            }
        }

        if (failure is not null)
        {
            await nodes.DisposeAsync();
            ExceptionDispatchInfo.Throw(failure);
        }

        return nodes;
    }
}
