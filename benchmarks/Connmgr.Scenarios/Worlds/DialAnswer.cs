namespace Connmgr.Scenarios;

/// <summary>What becomes of a dial in virtual time.</summary>
/// <param name="After">When it returns, from its start. <see cref="TimeSpan.MaxValue"/>: not by itself, as when packets are swallowed.</param>
/// <param name="Cause">Why it fails; none when it succeeds.</param>
internal sealed record DialAnswer(TimeSpan After, ConnectFailureCause Cause)
{
    public static DialAnswer Never { get; } = new(TimeSpan.MaxValue, ConnectFailureCause.Timeout);

    public static DialAnswer Connects(double milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), ConnectFailureCause.None);

    public static DialAnswer Refuses(double milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), ConnectFailureCause.Refused);
}
