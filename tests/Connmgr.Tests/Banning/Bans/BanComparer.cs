namespace Connmgr.Tests.Banning;

/// <summary>Compares bans by their members.</summary>
internal sealed class BanComparer : IEqualityComparer<Ban>
{
    public static BanComparer Instance { get; } = new();

    public bool Equals(Ban? x, Ban? y) => x is null || y is null ? x is null && y is null : Members(x) == Members(y);

    public int GetHashCode(Ban obj) => Members(obj).GetHashCode();

    private static (BanTarget Target, DateTimeOffset Created, DateTimeOffset Until, BanCause Cause, string? Comment) Members(Ban ban) =>
        (ban.Target, ban.Created, ban.Until, ban.Cause, ban.Comment);
}
