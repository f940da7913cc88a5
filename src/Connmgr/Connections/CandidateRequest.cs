using System.Collections.Immutable;
using System.Net;

namespace Connmgr;

/// <summary>The manager's request for an address, to an <see cref="IAddressSource"/>.</summary>
public readonly struct CandidateRequest
{
    private static readonly ImmutableArray<OutboundGroup> Any = [new("any", 1)];

    private readonly Func<EndPoint, ConnectFailureCause>? _getRefusal;
    private readonly Func<AddressNetworks>? _networks;
    private readonly Func<ImmutableArray<OutboundGroup>>? _wanted;

    /// <summary>Creates a request. For the manager, for a source that wraps another one, and for tests of sources.</summary>
    /// <param name="kind">The kind of connection that the address is for.</param>
    /// <param name="getRefusal">The function behind <see cref="GetRefusal"/>. Null: nothing is refused.</param>
    /// <param name="networks">The function behind <see cref="Networks"/>. Null: all.</param>
    /// <param name="wanted">The function behind <see cref="Wanted"/>. Null: one group without requirements.</param>
    public CandidateRequest(
        ConnectionKind kind,
        Func<EndPoint, ConnectFailureCause>? getRefusal = null,
        Func<AddressNetworks>? networks = null,
        Func<ImmutableArray<OutboundGroup>>? wanted = null)
    {
        Kind = kind;
        _getRefusal = getRefusal;
        _networks = networks;
        _wanted = wanted;
    }

    /// <summary>
    /// The kind of connection that the address is for: <see cref="ConnectionKind.Automatic"/> or <see cref="ConnectionKind.OneOff"/>.
    /// </summary>
    public ConnectionKind Kind { get; }

    /// <summary>
    /// The networks of which an address is wanted now: for an automatic connection, those of the <see cref="Wanted"/> groups that are not
    /// in an outage. A network in an outage is included when it is due to be probed, once per <see cref="ConnectionManagerOptions.RetryDuration"/>. The value changes while a
    /// source waits, so read it again. Thread-safe and fast.
    /// </summary>
    public AddressNetworks Networks => _networks?.Invoke() ?? AddressNetworks.All;

    /// <summary>
    /// The groups of which an address is wanted now, the most wanted first: for an automatic connection those that lack an attempt, then
    /// groups whose connections could move on to those. An address is of use if it meets the requirements of one of them. For a one-off
    /// connection one group without requirements. The value changes while a source waits, so read it again. Thread-safe and fast.
    /// </summary>
    public ImmutableArray<OutboundGroup> Wanted => _wanted?.Invoke() ?? Any;

    /// <summary>
    /// Gets the cause for which an address would be refused now. A hint, because the manager checks each address again. It spares the
    /// source a refusal; after 100 refusals in a row the source is paused. Thread-safe and fast. Calls
    /// <see cref="ConnectionManagerOptions.Gate"/> and <see cref="ConnectionManagerOptions.GetProxy"/>.
    /// </summary>
    /// <param name="endPoint">The address that may be offered.</param>
    /// <returns>
    /// <see cref="ConnectFailureCause.DuplicateAddress"/>: a request or connection has it, including a waiting permanent request.
    /// <see cref="ConnectFailureCause.RecentlyTried"/>: it failed within <see cref="ConnectionManagerOptions.RetryDuration"/>.
    /// <see cref="ConnectFailureCause.GateRefused"/>: the gate refuses it. For automatic connections also
    /// <see cref="ConnectFailureCause.NetgroupLimit"/>, <see cref="ConnectFailureCause.NetworkOutage"/>, when its route is only probed, and
    /// <see cref="ConnectFailureCause.Unsuited"/>, when none of the <see cref="Wanted"/> groups takes its network, or the traits that it was
    /// found to have a short time ago.
    /// <see cref="ConnectFailureCause.None"/>: it would be dialled.
    /// </returns>
    public ConnectFailureCause GetRefusal(EndPoint endPoint) => _getRefusal?.Invoke(endPoint) ?? ConnectFailureCause.None;
}
