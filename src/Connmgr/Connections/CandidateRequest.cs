using System.Net;

namespace Connmgr;

/// <summary>What the manager wants of an <see cref="IAddressSource"/>.</summary>
public readonly struct CandidateRequest
{
    private readonly Func<EndPoint, ConnectFailureCause>? _refusalOf;
    private readonly Func<AddressNetworks>? _networks;

    /// <summary>Makes a request: the manager does; a source that wraps another, or a test of one, may.</summary>
    /// <param name="kind">What the address is for.</param>
    /// <param name="refusalOf">What <see cref="RefusalOf"/> answers. Null: nothing is refused.</param>
    /// <param name="networks">What <see cref="Networks"/> tells. Null: all.</param>
    public CandidateRequest(ConnectionKind kind, Func<EndPoint, ConnectFailureCause>? refusalOf = null, Func<AddressNetworks>? networks = null)
    {
        Kind = kind;
        _refusalOf = refusalOf;
        _networks = networks;
    }

    /// <summary>What the address is for: <see cref="ConnectionKind.Automatic"/> or <see cref="ConnectionKind.OneOff"/>.</summary>
    public ConnectionKind Kind { get; }

    /// <summary>
    /// The networks of which an address is wanted at present: for an automatic connection, those that are not out. One that is out is among them when it is due to be probed,
    /// which is once in <see cref="ConnectionManagerOptions.RetryDuration"/>. It changes while a source waits, so ask again. Thread-safe and quick.
    /// </summary>
    public AddressNetworks Networks => _networks?.Invoke() ?? AddressNetworks.All;

    /// <summary>
    /// Why an address would be refused at present. A hint that spares the source a refusal, of which 100 in a row rest it: the manager
    /// checks again what it is then given. Thread-safe, quick, and asks <see cref="ConnectionManagerOptions.Gate"/> and
    /// <see cref="ConnectionManagerOptions.ProxyOf"/>.
    /// </summary>
    /// <param name="endPoint">The address that may be offered.</param>
    /// <returns>
    /// <see cref="ConnectFailureCause.DuplicateAddress"/>: a request or connection has it, permanent ones that wait included.
    /// <see cref="ConnectFailureCause.RecentlyTried"/>: it failed within <see cref="ConnectionManagerOptions.RetryDuration"/>.
    /// <see cref="ConnectFailureCause.Gated"/>: the gate refuses it. For automatic connections also
    /// <see cref="ConnectFailureCause.NetgroupFull"/> and <see cref="ConnectFailureCause.NetworkOutage"/>, when its route is only probed.
    /// <see cref="ConnectFailureCause.None"/>: it would be dialled.
    /// </returns>
    public ConnectFailureCause RefusalOf(EndPoint endPoint) => _refusalOf?.Invoke(endPoint) ?? ConnectFailureCause.None;
}
