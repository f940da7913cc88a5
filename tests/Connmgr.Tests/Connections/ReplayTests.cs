using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Time and chance are injected: the same seed gives the same run.</summary>
public class ReplayTests
{
    [Fact]
    public void TheSameSeed_GivesTheSameRun()
    {
        Assert.Equal(Run(5), Run(5));
        Assert.NotEqual(Run(5), Run(6));
    }

    private static List<string> Run(int seed)
    {
        List<string> log = [];
        var chance = new Random(seed);
        var h = new ManagerHarness(seed: seed, anyOrder: true);
        h.Dialer.OnDial = dial =>
        {
            log.Add($"{h.Time.GetUtcNow():O} {dial.EndPoint}");
            if (chance.Next(3) == 0)
                dial.Succeed();
            else if (chance.Next(2) == 0)
                dial.Fail(ConnectFailureCause.Timeout);
        };
        h.Start();
        for (var i = 0; i < 5; i++)
            h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Advance(30 * Second);
        h.Stop();
        return [.. log, .. h.Calls];
    }
}
