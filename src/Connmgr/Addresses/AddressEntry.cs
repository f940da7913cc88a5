using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>What an <see cref="AddressBook"/> knew of an address when it was asked. An immutable copy.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AddressEntry
{
    /// <summary>The address, the services it is said to offer, and when it was last seen.</summary>
    public required PeerAddress Address { get; init; }

    /// <summary>Where to dial.</summary>
    public NetworkEndPoint EndPoint => Address.EndPoint;

    /// <summary>Who told of it first; the address itself when it announced itself.</summary>
    public required NetworkAddress Source { get; init; }

    /// <summary>The last attempt to connect. Null: none since the book was made or read, as files do not keep it.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>The last time a peer was met there. Null: never.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>The failed attempts since the last success, counted by the rules of <see cref="AddressBook.Attempt"/>.</summary>
    public int FailedAttempts { get; init; }

    /// <summary>True when it is in the tried table: a peer was met there.</summary>
    public bool IsTried { get; init; }

    /// <summary>How many places of the new table it has, up to 8; 0 when it is tried.</summary>
    public int References { get; init; }

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(AddressEntry), PrintMembers);
}
