namespace Connmgr.Tests.Connections;

public class SmokeTests
{
    [Fact]
    public void Start_InstantDialer_FillsTarget()
    {
        var h = new ManagerHarness();
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        h.Settle();
        Assert.Equal(8, h.Automatic);
        h.Stop();
    }
}
