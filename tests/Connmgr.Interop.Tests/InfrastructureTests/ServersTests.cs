namespace Connmgr.Interop;

public sealed class ServersTests
{
    [Theory]
    [InlineData(true, null, false, nameof(Servers.Fate.Run))]
    [InlineData(true, null, true, nameof(Servers.Fate.Run))]
    [InlineData(true, "not allowed here", false, nameof(Servers.Fate.Skip))]
    [InlineData(false, "no root", true, nameof(Servers.Fate.Skip))]
    [InlineData(false, null, false, nameof(Servers.Fate.Skip))]
    [InlineData(false, "", true, nameof(Servers.Fate.Fail))]
    [InlineData(false, null, true, nameof(Servers.Fate.Fail))]
    public void Decide_PresenceReasonAndCI_NeverSkipsSilentlyInCI(bool present, string? reason, bool isCI, string expected)
    {
        var verdict = Servers.Decide(present, reason, isCI, "missing; run ./test");

        Assert.Equal(expected, verdict.Fate.ToString());
        Assert.Equal(verdict.Fate == Servers.Fate.Run, verdict.Reason.Length == 0);
    }
}
