namespace Connmgr.Bitcoin;

/// <summary>The options of an <see cref="AddressGossip"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class AddressGossipOptions : IValidatedOptions
{
    private const AddressNetworks DefaultNetworks = AddressNetworks.IPv4 | AddressNetworks.IPv6;
    private const NodeServices DefaultServices = NodeServices.Network | NodeServices.NetworkLimited;

    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);

    /// <summary>Where addresses go, and where answers come from. Required.</summary>
    public AddressBook? Book { get; set; }

    /// <summary>
    /// The networks that can be dialled: addresses of others are not kept. With CJDNS among them, IPv6 addresses in fc00::/8 are taken for
    /// CJDNS. Default IPv4 and IPv6; add the others when there are proxies for them.
    /// </summary>
    public AddressNetworks ReachableNetworks { get; set; } = DefaultNetworks;

    /// <summary>
    /// Addresses that are said to offer none of these services are not kept. <see cref="NodeServices.None"/>: all are. Default
    /// <see cref="NodeServices.Network"/> and <see cref="NodeServices.NetworkLimited"/>, as in Bitcoin Core.
    /// </summary>
    public NodeServices UsefulServices { get; set; } = DefaultServices;

    /// <summary>
    /// Says which addresses are banned: these are neither kept nor told of. Called for each address, so must be quick; thread-safe; must
    /// not throw. Default: none is.
    /// </summary>
    public Func<NetworkAddress, bool>? IsBanned { get; set; }

    /// <summary>
    /// Whether outbound peers are asked for addresses (getaddr), once each. Default true. Without, they may still tell of some, one each
    /// 10 s.
    /// </summary>
    public bool AskOutboundPeers { get; set; } = true;

    /// <summary>Whether inbound peers that ask for addresses get an answer, once each. Default true.</summary>
    public bool AnswerInboundPeers { get; set; } = true;

    /// <summary>
    /// Whether fresh addresses that peers tell of unasked are passed on, each to one or two other peers, as Bitcoin Core does. Default
    /// true.
    /// </summary>
    public bool RelayAddresses { get; set; } = true;

    /// <summary>
    /// Where others can reach us. Peers are told, when they are met and each day or so: those on Tor, I2P and CJDNS of an address on the
    /// same network alone, all others of one on IPv4 or IPv6. Publicly routable. Default none: nobody is told.
    /// </summary>
    public IList<NetworkEndPoint> ExternalEndPoints { get; set; } = [];

    /// <summary>
    /// What we offer at <see cref="ExternalEndPoints"/>. Peers pass nothing on that does not offer <see cref="NodeServices.Network"/> or
    /// <see cref="NodeServices.NetworkLimited"/>. Default none.
    /// </summary>
    public NodeServices Services { get; set; }

    /// <summary>
    /// Whether addr, addrv2 and getaddr, though handled, are reported as not handled (<see cref="GossipSession.HandleAsync"/>), so that
    /// they reach the handler of all other messages too. Default false.
    /// </summary>
    public bool PassMessagesOn { get; set; }

    /// <summary>
    /// How long <see cref="AddressGossip.FetchAsync"/> waits for addresses. More than zero, at most 24 days. Default 5 min, as in Bitcoin
    /// Core.
    /// </summary>
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The source of chance. Used under a lock, so it must not be shared with others. Null, the default: one seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressGossip"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (Book is null)
            yield return $"{nameof(Book)} is required: give the address book that addresses go to.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (ExternalEndPoints is null)
            yield return $"{nameof(ExternalEndPoints)} is null; use an empty list for none.";
        foreach (var own in ExternalEndPoints?.Where(static own => !own.Address.IsRoutable) ?? [])
            yield return $"{nameof(ExternalEndPoints)} has {own}, which is private or local: leave it out.";
        if ((ReachableNetworks & ~AddressNetworks.All) != AddressNetworks.None)
            yield return $"{nameof(ReachableNetworks)} is {ReachableNetworks}; it must be made of the members of {nameof(AddressNetworks)}.";
        if (FetchTimeout <= TimeSpan.Zero || FetchTimeout > LongestTime)
            yield return Invariant($"{nameof(FetchTimeout)} is {FetchTimeout}; it must be more than zero and at most {LongestTime.TotalDays} days.");
    }

    /// <summary>A copy, which later changes do not reach.</summary>
    internal AddressGossipOptions Copy()
    {
        var copy = (AddressGossipOptions)MemberwiseClone();
        copy.ExternalEndPoints = [.. ExternalEndPoints];
        return copy;
    }
}
