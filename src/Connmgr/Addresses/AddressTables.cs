using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The tables of an <see cref="AddressBook"/>.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<AddressTables>))]
public enum AddressTables
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>The addresses that others announced and at which no peer has answered yet.</summary>
    New = 1,

    /// <summary>The addresses at which a peer has answered.</summary>
    Tried = 2,

    /// <summary>Both.</summary>
    Both = New | Tried,
}
