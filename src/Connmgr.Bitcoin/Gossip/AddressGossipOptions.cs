namespace Connmgr.Bitcoin;

/// <summary>The options of an <see cref="AddressGossip"/>. They are checked and copied by its constructor. Not thread-safe.</summary>
public sealed class AddressGossipOptions : IValidatedOptions
{
    private const AddressNetworks DefaultNetworks = AddressNetworks.IPv4 | AddressNetworks.IPv6;
    private const NodeServices DefaultServices = NodeServices.Network | NodeServices.NetworkLimited;

    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);

    /// <summary>The address book to which addresses are added, and from which peers are answered. Required.</summary>
    public AddressBook? Book { get; set; }

    /// <summary>
    /// The networks that can be dialled; addresses of others are not kept. If CJDNS is among them, IPv6 addresses in fc00::/8 are taken for
    /// CJDNS. Default IPv4 and IPv6; add the others if there are proxies for them.
    /// </summary>
    public AddressNetworks ReachableNetworks { get; set; } = DefaultNetworks;

    /// <summary>
    /// The services of which an address must claim at least one to be kept; <see cref="NodeServices.None"/> keeps all. Default
    /// <see cref="NodeServices.Network"/> and <see cref="NodeServices.NetworkLimited"/>, as in Bitcoin Core.
    /// </summary>
    public NodeServices UsefulServices { get; set; } = DefaultServices;

    /// <summary>
    /// The function that determines whether an address is banned: banned addresses are neither kept nor sent. It is called for each
    /// address, so it must be quick and thread-safe, and must not throw. Default none: no address is banned.
    /// </summary>
    public Func<NetworkAddress, bool>? IsBanned { get; set; }

    /// <summary>
    /// True to ask each outbound peer once for addresses (getaddr). Otherwise peers may still send some, one per 10 s. Default true.
    /// </summary>
    public bool AskOutboundPeers { get; set; } = true;

    /// <summary>True to answer inbound peers that ask for addresses, once each. Default true.</summary>
    public bool AnswerInboundPeers { get; set; } = true;

    /// <summary>
    /// True to relay fresh addresses that peers send unasked, each to one or two other peers, as in Bitcoin Core. Default true.
    /// </summary>
    public bool RelayAddresses { get; set; } = true;

    /// <summary>
    /// The addresses at which others can reach the node. The best one for each peer is sent to it after its handshake and about once a day,
    /// and none is accepted from peers. Not copied: later changes of the table count. Default an empty table.
    /// </summary>
    public ExternalAddresses ExternalAddresses { get; set; } = new();

    /// <summary>
    /// The services offered at <see cref="ExternalAddresses"/>. Peers do not relay an address without <see cref="NodeServices.Network"/> or
    /// <see cref="NodeServices.NetworkLimited"/>. Default none.
    /// </summary>
    public NodeServices Services { get; set; }

    /// <summary>
    /// True to report addr, addrv2 and getaddr as not handled (<see cref="GossipSession.HandleAsync"/>) although they were, so that they
    /// reach the handler of all other messages too. Default false.
    /// </summary>
    public bool ForwardMessages { get; set; }

    /// <summary>
    /// The time for which <see cref="AddressGossip.FetchAsync"/> waits for addresses. More than zero, at most 24 days. Default 5 min, as in
    /// Bitcoin Core.
    /// </summary>
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The random source. It is used under a lock, so do not share it. Default null: one seeded by the system.</summary>
    public Random? Random { get; set; }

    /// <summary>The function that gets those of <see cref="Services"/> that are not offered on a network.</summary>
    internal Func<AddressNetwork, NodeServices> GetWithheldServices { get; set; } = static _ => NodeServices.None;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressGossip"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (Book is null)
            yield return $"{nameof(Book)} is required: give the address book that addresses go to.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (ExternalAddresses is null)
            yield return $"{nameof(ExternalAddresses)} is null; use an empty table for none.";
        if ((ReachableNetworks & ~AddressNetworks.All) != AddressNetworks.None)
            yield return $"{nameof(ReachableNetworks)} is {ReachableNetworks}; it must be made of the members of {nameof(AddressNetworks)}.";
        if (FetchTimeout <= TimeSpan.Zero || FetchTimeout > LongestTime)
            yield return Invariant($"{nameof(FetchTimeout)} is {FetchTimeout}; it must be more than zero and at most {LongestTime.TotalDays} days.");
    }

    /// <summary>Creates a copy, which later changes do not affect.</summary>
    internal AddressGossipOptions Copy() => (AddressGossipOptions)MemberwiseClone();
}
