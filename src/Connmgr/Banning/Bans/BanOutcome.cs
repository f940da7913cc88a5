using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The outcome of adding a ban.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BanOutcome>))]
public enum BanOutcome
{
    /// <summary>The ban is in force.</summary>
    Added,

    /// <summary>The ban is in force and replaced one of the same target that would have ended earlier.</summary>
    Extended,

    /// <summary>The list is unchanged, because the same target is already banned as long or longer.</summary>
    AlreadyBanned,

    /// <summary>The list is unchanged, because the ban has already ended.</summary>
    AlreadyExpired,

    /// <summary>
    /// The list is unchanged, because it is full: see <see cref="BanListOptions.MaxCount"/> and
    /// <see cref="BanListOptions.MaxByMisbehavior"/>.
    /// </summary>
    ListFull,
}
