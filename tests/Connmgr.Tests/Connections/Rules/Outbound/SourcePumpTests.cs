using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class SourcePumpTests
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);

    private readonly SourcePump _pump;

    public SourcePumpTests()
    {
        var budget = new DialBudget(burst: 2, perSecond: 1, target: 8);
        var outages = new OutageTracker(new RouteTable(static _ => null), Rest);
        _pump = new SourcePump(Rest, budget, outages);
    }

    [Fact]
    public void Decide_NothingWanted_DoesNothing() => Assert.Equal(SourceStep.None, Decide(isAutomaticWanted: false));

    [Fact]
    public void Decide_NotActive_DoesNothing() => Assert.Equal(SourceStep.None, Decide(isActive: false));

    [Fact]
    public void Decide_AutomaticWanted_AsksOnce()
    {
        Assert.Equal(SourceStep.Ask, Decide());
        Assert.Equal(ConnectionKind.Automatic, _pump.AskedFor);
        Assert.Equal(SourceStep.None, Decide());
    }

    [Fact]
    public void Decide_OneOffComesWhileAutomaticIsAsked_CancelsOnceAndAsksForTheOneOff()
    {
        Decide();
        _pump.Add(new Request(1, ConnectionKind.OneOff, endPoint: null));
        Assert.Equal(SourceStep.Cancel, Decide());
        Assert.Equal(SourceStep.None, Decide());
        Assert.True(_pump.Answer());
        Assert.Equal(SourceStep.Ask, Decide());
        Assert.Equal(ConnectionKind.OneOff, _pump.AskedFor);
    }

    [Fact]
    public void Decide_ASlotBecomesVacantWhileAsked_Cancels()
    {
        Decide(vacant: 2);
        Assert.Equal(SourceStep.None, Decide(vacant: 1));
        Assert.Equal(SourceStep.Cancel, Decide(vacant: 2));
    }

    [Fact]
    public void Decide_SourceRests_WaitsUntilTheRestIsOver()
    {
        _pump.Rest(isEmpty: true, GroupSet.FromTarget(8), Now);
        Assert.Equal(SourceStep.Wait, _pump.Decide(isActive: true, wanted: 1, [1], Now, out var at));
        Assert.Equal(Now + Rest, at);
        Assert.Equal(SourceStep.Ask, Decide(now: at));
    }

    [Fact]
    public void Notify_SourceRests_EndsTheRest()
    {
        _pump.Rest(isEmpty: true, GroupSet.FromTarget(8), Now);
        _pump.Notify(Now);
        Assert.Equal(SourceStep.Ask, Decide());
    }

    [Fact]
    public void Notify_WhileAsked_EndsTheRestThatTheAnswerBegins()
    {
        Decide();
        _pump.Notify(Now);
        Assert.False(_pump.Answer());
        _pump.Rest(isEmpty: true, GroupSet.FromTarget(8), Now);
        _pump.ApplyLateNotification(Now);
        Assert.Equal(SourceStep.Ask, Decide());
    }

    [Fact]
    public void NoteRefused_100InARow_IsTrue()
    {
        for (var i = 1; i < 100; i++)
            Assert.False(_pump.NoteRefused());
        Assert.True(_pump.NoteRefused());
        Assert.Equal("none of its last 100 addresses may be dialled", _pump.Rest(isEmpty: false, GroupSet.FromTarget(8), Now));
        Assert.False(_pump.NoteRefused());
    }

    private SourceStep Decide(bool isActive = true, bool isAutomaticWanted = true, int vacant = 1, TimeSpan? now = null) =>
        _pump.Decide(isActive, isAutomaticWanted ? 1u : 0, [vacant], now ?? Now, out _);
}
