using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>An address and what an <see cref="AddressBook"/> knew about it at the time of the call. An immutable copy.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct AddressEntry
{
    /// <summary>The address, the services that it claims to offer, and the time when it was last seen.</summary>
    public PeerAddress Address { get; internal init; }

    /// <summary>The address to dial.</summary>
    public NetworkEndPoint EndPoint => Address.EndPoint;

    /// <summary>The first source of the address; the address itself if the peer announced it itself.</summary>
    public NetworkAddress Source { get; internal init; }

    /// <summary>
    /// The last attempt to connect; null if there was none since the book was created or loaded, because files do not keep it.
    /// </summary>
    public DateTimeOffset? LastAttempt { get; internal init; }

    /// <summary>The last time that a peer answered at the address; null if none ever did.</summary>
    public DateTimeOffset? LastSuccess { get; internal init; }

    /// <summary>The number of failed attempts since the last success, counted as <see cref="AddressBook.RecordAttempt"/> describes.</summary>
    public int FailedAttempts { get; internal init; }

    /// <summary>True when the address is in the tried table, because a peer has answered there.</summary>
    public bool IsTried { get; internal init; }

    /// <summary>The number of places that the address has in the new table, up to 8; 0 if it is in the tried table.</summary>
    public int References { get; internal init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(AddressEntry),
        (nameof(Address), Address),
        (nameof(EndPoint), EndPoint),
        (nameof(Source), Source),
        (nameof(LastAttempt), LastAttempt),
        (nameof(LastSuccess), LastSuccess),
        (nameof(FailedAttempts), FailedAttempts),
        (nameof(IsTried), IsTried),
        (nameof(References), References));
}
