using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>An address and what an <see cref="AddressBook"/> knew about it when it was asked. An immutable copy.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct AddressEntry
{
    /// <summary>The address, the services it is said to offer, and when it was last seen.</summary>
    public PeerAddress Address { get; internal init; }

    /// <summary>The address to dial.</summary>
    public NetworkEndPoint EndPoint => Address.EndPoint;

    /// <summary>The first source of the address; the address itself when it announced itself.</summary>
    public NetworkAddress Source { get; internal init; }

    /// <summary>The last attempt to connect; null when there was none since the book was made or read: files do not keep it.</summary>
    public DateTimeOffset? LastAttempt { get; internal init; }

    /// <summary>The last time that a peer answered there; null when none ever did.</summary>
    public DateTimeOffset? LastSuccess { get; internal init; }

    /// <summary>The failed attempts since the last success, counted by the rules of <see cref="AddressBook.RecordAttempt"/>.</summary>
    public int FailedAttempts { get; internal init; }

    /// <summary>True when it is in the tried table: a peer has answered there.</summary>
    public bool IsTried { get; internal init; }

    /// <summary>The number of its places in the new table, up to 8; 0 when it is tried.</summary>
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
