using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>What the manager wants of an <see cref="IAddressSource"/>.</summary>
public readonly struct CandidateRequest
{
    private readonly NetgroupTable? _netgroups;

    internal CandidateRequest(ConnectionKind kind, NetgroupTable? netgroups)
    {
        Kind = kind;
        _netgroups = netgroups;
    }

    /// <summary>What the address is for: <see cref="ConnectionKind.Automatic"/> or <see cref="ConnectionKind.OneOff"/>.</summary>
    public ConnectionKind Kind { get; }

    /// <summary>
    /// Whether an automatic connection to the address would be refused at present, since its netgroup has as many connections as are
    /// allowed. A hint that saves a refusal: the manager checks again what it is given. Thread-safe.
    /// </summary>
    /// <param name="endPoint">The address that may be offered.</param>
    /// <returns>True when its group is full; always false for a one-off.</returns>
    public bool IsNetgroupFull(EndPoint endPoint) => Kind == ConnectionKind.Automatic && _netgroups is { } table && table.IsFull(Netgroup.Of(endPoint));
}
