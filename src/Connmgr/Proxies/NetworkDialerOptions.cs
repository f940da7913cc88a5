using System.Net;

namespace Connmgr;

/// <summary>The options of a <see cref="NetworkDialer"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class NetworkDialerOptions
{
    /// <summary>Which proxy leads to which network. Default: none.</summary>
    public ProxyRules Rules { get; set; } = ProxyRules.None;

    /// <summary>
    /// The networks whose addresses are dialled of our own accord, as Bitcoin Core's -onlynet. Others can still be dialled on request.
    /// Default all.
    /// </summary>
    public AddressNetworks OnlyNetworks { get; set; } = AddressNetworks.All;

    /// <summary>
    /// Connects without a proxy. Never called with an .onion or .i2p name, nor with a name when names go to a proxy. Default: a
    /// <see cref="TcpDialer"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Direct { get; set; }

    /// <summary>How proxies are used; the same for all, with one isolation for all. Its clock is used for direct connections too.</summary>
    public Socks5DialerOptions Socks5 { get; set; } = new();
}
