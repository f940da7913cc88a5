namespace Connmgr;

/// <summary>The options of an <see cref="AddressBookSource"/>. Validated and copied when the source is created. Not thread-safe.</summary>
public sealed class AddressBookSourceOptions : IValidatedOptions
{
    /// <summary>
    /// The reachable networks. Default IPv4 and IPv6, because the others need a proxy. <see cref="AddressBookSource.Networks"/> can change
    /// them later.
    /// </summary>
    public AddressNetworks Networks { get; set; } = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>
    /// The service bits that a peer must claim to offer. Default 9, NODE_NETWORK and NODE_WITNESS, as in Bitcoin Core. 0: any.
    /// </summary>
    public ulong RequiredServices { get; set; } = 9;

    /// <summary>
    /// The predicate for addresses that are never supplied, such as the program's own. Addresses that the manager's gate refuses are not
    /// supplied either. Called up to 100 times for each choice; must be fast and thread-safe. Default: none.
    /// </summary>
    public Func<NetworkEndPoint, bool>? IsExcluded { get; set; }

    /// <summary>
    /// The predicate that tells whether the program has a working network, so that a failure is evidence against the address. Bitcoin Core
    /// counts failures while it is connected to peers in at least two netgroups. Called for each failure; must be fast and thread-safe.
    /// Default: always.
    /// </summary>
    public Func<bool>? IsOnline { get; set; }

    /// <summary>
    /// The function that returns the services that addresses of a network must claim in addition, whatever they are for. Called up to 100
    /// times for each choice; must be fast and thread-safe.
    /// </summary>
    internal Func<AddressNetwork, ulong>? GetServicesOf { get; set; }

    /// <summary>
    /// The predicate for addresses that rest. They are not chosen for a connection that stays; the second argument is true when fifty draws
    /// found no other. Must be fast and thread-safe.
    /// </summary>
    internal Func<NetworkEndPoint, bool, bool>? IsResting { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressBookSource"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() => (Networks & AddressNetworks.All) == Networks
        ? []
        : [$"{nameof(Networks)} is {Networks}: use the members of AddressNetworks."];
}
