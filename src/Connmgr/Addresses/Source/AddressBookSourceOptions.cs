namespace Connmgr;

/// <summary>The options of an <see cref="AddressBookSource"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class AddressBookSourceOptions : IValidatedOptions
{
    /// <summary>
    /// The networks that can be reached. Default IPv4 and IPv6: the others need a proxy. Can be changed by
    /// <see cref="AddressBookSource.Networks"/>.
    /// </summary>
    public AddressNetworks Networks { get; set; } = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>
    /// The service bits that a peer is said to offer, all of them. Default 9, NODE_NETWORK and NODE_WITNESS, as in Bitcoin Core. 0: any.
    /// </summary>
    public ulong RequiredServices { get; set; } = 9;

    /// <summary>
    /// Says which addresses are never offered, our own for one. What the manager's gate refuses is not offered either. Called up to 100
    /// times for each choice; must be quick and thread-safe. Default: none.
    /// </summary>
    public Func<NetworkEndPoint, bool>? IsExcluded { get; set; }

    /// <summary>
    /// Whether the program is known to have a network, so that a failure tells something of the address: Bitcoin Core counts failures while
    /// it is connected to peers in two netgroups at least. Called for each failure; must be quick and thread-safe. Default: always.
    /// </summary>
    public Func<bool>? IsOnline { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressBookSource"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => (Networks & AddressNetworks.All) == Networks
        ? []
        : [$"{nameof(Networks)} is {Networks}: use the members of AddressNetworks."];
}
