using System.Net;

namespace Connmgr;

/// <summary>The manager's request for an address, to an <see cref="IAddressSource"/>.</summary>
public readonly struct CandidateRequest
{
    private readonly Func<EndPoint, ConnectFailureCause>? _getRefusal;
    private readonly Func<AddressNetworks>? _networks;

    /// <summary>Creates a request. For the manager, for a source that wraps another one, and for tests of sources.</summary>
    /// <param name="kind">The kind of connection that the address is for.</param>
    /// <param name="getRefusal">The function behind <see cref="GetRefusal"/>. Null: nothing is refused.</param>
    /// <param name="networks">The function behind <see cref="Networks"/>. Null: all.</param>
    public CandidateRequest(ConnectionKind kind, Func<EndPoint, ConnectFailureCause>? getRefusal = null, Func<AddressNetworks>? networks = null)
    {
        Kind = kind;
        _getRefusal = getRefusal;
        _networks = networks;
    }

    /// <summary>
    /// The kind of connection that the address is for: <see cref="ConnectionKind.Automatic"/> or <see cref="ConnectionKind.OneOff"/>.
    /// </summary>
    public ConnectionKind Kind { get; }

    /// <summary>
    /// The networks of which an address is wanted now: for an automatic connection, those that are not in an outage. A network in an outage
    /// is included when it is due to be probed, once per <see cref="ConnectionManagerOptions.RetryDuration"/>. The value changes while a
    /// source waits, so read it again. Thread-safe and fast.
    /// </summary>
    public AddressNetworks Networks => _networks?.Invoke() ?? AddressNetworks.All;

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
    /// <see cref="ConnectFailureCause.NetgroupLimit"/> and <see cref="ConnectFailureCause.NetworkOutage"/>, when its route is only probed.
    /// <see cref="ConnectFailureCause.None"/>: it would be dialled.
    /// </returns>
    public ConnectFailureCause GetRefusal(EndPoint endPoint) => _getRefusal?.Invoke(endPoint) ?? ConnectFailureCause.None;
}
