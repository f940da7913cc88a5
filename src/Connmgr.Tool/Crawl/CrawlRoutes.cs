using System.Net;

namespace Connmgr.Tool;

/// <summary>The ways to the nodes of a crawl: directly, through proxies, or through an I2P router, whose sessions live as long as this.</summary>
internal sealed class CrawlRoutes : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _dial;
    private readonly NetworkDialer? _dialer;
    private readonly Task _i2p = Task.CompletedTask;

    public CrawlRoutes(CrawlOptions options, NetworkWorld world, TimeProvider time)
    {
        if (world.Dial is { } dial)
        {
            (_dial, Networks) = (dial, AddressNetworks.IPv4 | AddressNetworks.IPv6);
            Networks &= options.OnlyNetworks ?? AddressNetworks.All;
            return;
        }

        I2PController? controller = null;
        if (options.I2PSam is { } router)
        {
            controller = new I2PController(router, new() { TimeProvider = time });
            _i2p = controller.RunAsync(_stop.Token);
        }

        _dialer = new NetworkDialer(new() { Rules = options.Proxies, OnlyNetworks = options.OnlyNetworks ?? AddressNetworks.All, I2P = controller, Socks5 = new() { TimeProvider = time } });
        (_dial, Networks) = (_dialer.DialAsync, _dialer.ReachableNetworks);
        if (options.Proxies.NameProxy is { } proxy)
            Lookup = new TorResolver(proxy, new() { TimeProvider = time }).LookupAsync; // Never by this machine.
    }

    /// <summary>The networks that can be reached.</summary>
    public AddressNetworks Networks { get; }

    /// <summary>The look-up of names through a proxy; null when names do not go to one.</summary>
    public LookupFunc? Lookup { get; }

    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken) => _dial(endPoint, cancellationToken);

    /// <summary>Names the proxy of an address; null for none.</summary>
    public string? GetProxy(EndPoint endPoint) => _dialer?.GetProxy(endPoint);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _i2p.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
