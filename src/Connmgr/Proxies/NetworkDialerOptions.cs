using System.Net;

namespace Connmgr;

/// <summary>The options of a <see cref="NetworkDialer"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class NetworkDialerOptions : IValidatedOptions
{
    /// <summary>The proxy for each network. Default: none.</summary>
    public ProxyRules Rules { get; set; } = ProxyRules.None;

    /// <summary>
    /// The networks whose addresses are dialled automatically, as in Bitcoin Core's -onlynet. Others can still be dialled on request.
    /// Default all.
    /// </summary>
    public AddressNetworks OnlyNetworks { get; set; } = AddressNetworks.All;

    /// <summary>
    /// The callback that connects without a proxy. Never called with an .onion or .i2p name, nor with a name when names go to a proxy.
    /// Default: a <see cref="TcpDialer"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Direct { get; set; }

    /// <summary>
    /// The controller that dials .i2p names through a router, instead of a proxy (<see cref="ProxyRules.I2P"/>, which must then be null). It
    /// belongs to the caller, who runs it. Default null: none.
    /// </summary>
    public I2PController? I2P { get; set; }

    /// <summary>The options for proxies; the same for all, with one isolation for all. Its clock is used for direct connections too.</summary>
    public Socks5DialerOptions Socks5 { get; set; } = new();

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="NetworkDialer"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors(), .. OptionsErrors.Under(nameof(Socks5), Socks5)];

    private IEnumerable<string> Errors()
    {
        if (Rules is null)
            yield return $"{nameof(Rules)} is null; use ProxyRules.None for none.";
        if (I2P is not null && Rules?.I2P is not null)
            yield return $"{nameof(I2P)} and {nameof(Rules)}.{nameof(ProxyRules.I2P)} are both set; set one of them.";
        if (Socks5 is null)
            yield return $"{nameof(Socks5)} is null; leave it out for the defaults.";
        if ((OnlyNetworks & AddressNetworks.All) != OnlyNetworks)
            yield return $"{nameof(OnlyNetworks)} is {OnlyNetworks}; use the members of AddressNetworks.";
    }
}
