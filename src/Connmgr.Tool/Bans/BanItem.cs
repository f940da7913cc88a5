namespace Connmgr.Tool;

/// <summary>A ban. The names are those of the JSON.</summary>
/// <param name="Address">What is banned: a subnet, an address of Tor or I2P, or an autonomous system.</param>
/// <param name="Cause"><c>manual</c>, <c>misbehavior</c> or <c>unspecified</c>.</param>
/// <param name="Comment">Why; null when nothing is said.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Until">When it ends.</param>
internal sealed record BanItem(string Address, string Cause, string? Comment, string Created, string Until)
{
    public static BanItem Of(Ban ban) => new(
        ban.Target.ToString(),
        ban.Cause switch { BanCause.Manual => "manual", BanCause.Misbehavior => "misbehavior", _ => "unspecified" },
        ban.Comment is { } comment ? SafeText.Line(comment) : null,
        EventJson.Time(ban.Created),
        EventJson.Time(ban.Until));
}
