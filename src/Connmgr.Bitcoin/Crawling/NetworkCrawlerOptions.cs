using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// The options of a <see cref="NetworkCrawler"/>. They are checked and copied by its constructor. The defaults are polite: see
/// <see cref="FrontierOptions"/> for the pace. Not thread-safe.
/// </summary>
public sealed class NetworkCrawlerOptions : IValidatedOptions
{
    private const int MostConcurrency = 100_000;

    /// <summary>The chain of the network. Required.</summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>
    /// The addresses to visit, which belong to the caller. Default null: a <see cref="MemoryFrontier"/> with its defaults and
    /// <see cref="TimeProvider"/>.
    /// </summary>
    public IFrontier? Frontier { get; set; }

    /// <summary>
    /// The options of the protocol. Its chain and clock are replaced, and only messages with addresses are read. Default null: those of
    /// <see cref="BitcoinPeerOptions"/>, without transactions. Set a user agent by which operators can find you.
    /// </summary>
    public BitcoinPeerOptions? Protocol { get; set; }

    /// <summary>The most visits at one time. 1 to 100,000. Default 500.</summary>
    public int Concurrency { get; set; } = 500;

    /// <summary>
    /// The callback that dials. For proxies, Tor and I2P use <see cref="NetworkDialer.DialAsync"/>. Default null: a
    /// <see cref="TcpDialer"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; set; }

    /// <summary>
    /// The callback that names the proxy of an address, to which <see cref="ProxiedDialTimeout"/> applies:
    /// <see cref="NetworkDialer.GetProxy"/>. Default null: none has one.
    /// </summary>
    public Func<EndPoint, string?>? GetProxy { get; set; }

    /// <summary>
    /// The networks to crawl; addresses of others are left out. If CJDNS is among them, IPv6 addresses in fc00::/8 are taken for CJDNS.
    /// Default IPv4 and IPv6; <see cref="NetworkDialer.ReachableNetworks"/> has those that proxies lead to.
    /// </summary>
    public AddressNetworks Networks { get; set; } = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>
    /// True to visit addresses that are not publicly routable, such as 10.0.0.1, which any node could name to probe the own network. For
    /// test networks only. Default false.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>The addresses that are added at the start. Default none.</summary>
    public IReadOnlyCollection<NetworkEndPoint> StartAddresses { get; set; } = [];

    /// <summary>True to ask the DNS seeds of the chain when the frontier has no addresses. Default true.</summary>
    public bool UseDnsSeeds { get; set; } = true;

    /// <summary>The callback that looks up DNS seeds. Default null: the system's resolver.</summary>
    public LookupFunc? Lookup { get; set; }

    /// <summary>The timeout of a dial without a proxy. More than zero. Default 5 s.</summary>
    public TimeSpan DialTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The timeout of a dial through a proxy. More than zero. Default 40 s.</summary>
    public TimeSpan ProxiedDialTimeout { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>The timeout of a handshake. More than zero. Default 15 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The time within which a node must answer getaddr. Bitcoin Core answers after 30 s on average, and at random. More than zero. Default
    /// 1 min.
    /// </summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The time from one getaddr to a node to the next, on average; a new address, and one that was not reachable before, is asked at once.
    /// Bitcoin Core gives the same answer for about a day. Zero to ask at each visit. Default 1 day.
    /// </summary>
    public TimeSpan AskInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The number of rounds after which the crawl ends, counted from the one that it finds. Default null: it does not end.</summary>
    public int? MaxRounds { get; set; }

    /// <summary>
    /// The callback for each visit that the frontier accepted, one at a time, in no particular order. New visits wait for it when
    /// <see cref="Concurrency"/> is reached. An exception ends the crawl. Default none.
    /// </summary>
    public Func<CrawlVisit, CancellationToken, ValueTask>? OnVisit { get; set; }

    /// <summary>
    /// The callback for a round that this crawler has ended, before it begins another: of several processes with one frontier, one calls
    /// it. All its own visits of the round were passed to <see cref="OnVisit"/>. An exception ends the crawl. Default none.
    /// </summary>
    public Func<CrawlRound, CancellationToken, ValueTask>? OnRoundEnded { get; set; }

    /// <summary>
    /// The callback that makes the record of a visit that reached its node, which the frontier keeps: at most
    /// <see cref="FrontierOptions.MaxRecordLength"/> bytes. Default none.
    /// </summary>
    public Func<CrawlVisit, ReadOnlyMemory<byte>>? CreateRecord { get; set; }

    /// <summary>
    /// The callback that claims an address for this process before it is dialled, such as <c>FleetConnection.Claims.TryClaimAsync</c>. Its second
    /// argument, which it may call on any thread, ends the visit because the claim is lost. It returns an object whose disposal releases the claim;
    /// null when another process holds the address: then the round leaves the address out, and what is known of it stays. After an exception the
    /// address is due again. Default null: no claims.
    /// </summary>
    public Func<EndPoint, Action, CancellationToken, ValueTask<IDisposable?>>? Claim { get; set; }

    /// <summary>
    /// The callback for an outage of the frontier: the exception when it begins, null when it ends. New visits pause meanwhile. Must be
    /// quick. Default none.
    /// </summary>
    public Action<FrontierUnavailableException?>? OnFrontierChanged { get; set; }

    /// <summary>
    /// The callback for an outage of this machine's own network: true when nothing answers any more, false when something does. Meanwhile visits
    /// pause, and those that end without an answer do not count. Must be quick. Default none.
    /// </summary>
    public Action<bool>? OnOutageChanged { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The random source. Default null: one seeded by the system.</summary>
    public Random? Random { get; set; }

    /// <summary>The logger factory. Default null: no log.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The factory of the meter. Default null: the meter that the process shares.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>The name of the crawler in measurements. Default null: the name of the chain.</summary>
    public string? InstanceName { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="NetworkCrawler"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. OptionsErrors.OfTimeout(nameof(DialTimeout), DialTimeout),
        .. OptionsErrors.OfTimeout(nameof(ProxiedDialTimeout), ProxiedDialTimeout),
        .. OptionsErrors.OfTimeout(nameof(HandshakeTimeout), HandshakeTimeout),
        .. OptionsErrors.OfTimeout(nameof(AnswerTimeout), AnswerTimeout),
        .. Chain is null ? [] : OptionsErrors.Under(nameof(Protocol), Protocol?.For(Chain, TimeProvider ?? TimeProvider.System)),
    ];

    /// <summary>Creates a copy, which later changes do not affect.</summary>
    internal NetworkCrawlerOptions Copy()
    {
        var copy = (NetworkCrawlerOptions)MemberwiseClone();
        copy.StartAddresses = [.. StartAddresses];
        return copy;
    }

    private IEnumerable<string> Errors()
    {
        if (Chain is null)
            yield return $"{nameof(Chain)} is required: give the parameters of the network to crawl.";
        if (Concurrency is < 1 or > MostConcurrency)
            yield return Invariant($"{nameof(Concurrency)} is {Concurrency}: use 1 to {MostConcurrency}.");
        if (Networks == AddressNetworks.None || (Networks & ~AddressNetworks.All) != AddressNetworks.None)
            yield return $"{nameof(Networks)} is {Networks}: use at least one of the members of {nameof(AddressNetworks)}.";
        if (AskInterval < TimeSpan.Zero)
            yield return $"{nameof(AskInterval)} is {AskInterval}: use zero or more.";
        if (MaxRounds < 1)
            yield return Invariant($"{nameof(MaxRounds)} is {MaxRounds}: use at least 1, or null for no end.");
        if (StartAddresses is null)
            yield return $"{nameof(StartAddresses)} is null: use an empty list for none.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null: leave it out for the system's clock.";
    }
}
