using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The outcome of adding a ban.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BanOutcome>))]
public enum BanOutcome
{
    /// <summary>It holds.</summary>
    Added,

    /// <summary>It holds, in place of one of the same target that would have ended earlier.</summary>
    Extended,

    /// <summary>The list is as it was: the same target is banned as long or longer.</summary>
    AlreadyBanned,

    /// <summary>The list is as it was: the ban would have ended by now.</summary>
    AlreadyExpired,

    /// <summary>
    /// The list is as it was: it has as many bans as it may, <see cref="BanListOptions.MaxCount"/> or
    /// <see cref="BanListOptions.MaxByMisbehavior"/>.
    /// </summary>
    ListFull,
}
