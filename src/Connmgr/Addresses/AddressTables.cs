using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The tables of an <see cref="AddressBook"/>.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<AddressTables>))]
public enum AddressTables
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>The addresses that were only heard of.</summary>
    New = 1,

    /// <summary>The addresses at which a peer was met.</summary>
    Tried = 2,

    /// <summary>Both.</summary>
    Both = New | Tried,
}
