using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class PingScheduleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PingSchedule _pings;

    public PingScheduleTests() => _pings = new(_time, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(20));

    private long Now => _time.GetTimestamp();

    [Fact]
    public void IsDue_AtFirstAndEachIntervalAfterASending()
    {
        Assert.True(_pings.IsDue(Now));
        _pings.OnSent(1, Now, 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pings.OnPong(1, Now);
        Assert.False(_pings.IsDue(Now));
        _time.Advance(TimeSpan.FromSeconds(119));
        Assert.True(_pings.IsDue(Now));
    }

    [Fact]
    public void IsDue_WhileOneIsUnderWay_IsFalse()
    {
        _pings.OnSent(1, Now, 0);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(_pings.IsDue(Now));
    }

    [Fact]
    public void IsOverdue_AtTheTimeout()
    {
        Assert.False(_pings.IsOverdue(Now, 0));
        _pings.OnSent(1, Now, 0);
        _time.Advance(TimeSpan.FromMinutes(20) - TimeSpan.FromTicks(1));
        Assert.False(_pings.IsOverdue(Now, 0));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(_pings.IsOverdue(Now, 0));
        _pings.OnPong(1, Now);
        Assert.False(_pings.IsOverdue(Now, 0));
    }

    [Fact]
    public void IsOverdue_WhileWeDidNotRead_IsPutOff()
    {
        var waited = TimeSpan.FromMinutes(7).Ticks * (_time.TimestampFrequency / TimeSpan.TicksPerSecond);
        _pings.OnSent(1, Now, waited);
        _time.Advance(TimeSpan.FromMinutes(25));
        Assert.True(_pings.IsOverdue(Now, waited + 1));
        Assert.False(_pings.IsOverdue(Now, 2 * waited));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(_pings.IsOverdue(Now, 2 * waited));
    }

    [Fact]
    public void OnPong_KeepsTheLastAndTheShortest()
    {
        Assert.Null(_pings.LastRoundTrip);
        Assert.Null(_pings.ShortestRoundTrip);
        foreach (var milliseconds in new[] { 50, 20, 80 })
        {
            _pings.OnSent(9, Now, 0);
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            _pings.OnPong(9, Now);
            Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), _pings.LastRoundTrip);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(20), _pings.ShortestRoundTrip);
    }

    [Fact]
    public void OnPong_ThatAnswersNothing_IsIgnored()
    {
        _pings.OnPong(0, Now);
        _pings.OnSent(1, Now, 0);
        _pings.OnPong(2, Now);
        _pings.OnPong(0, Now);
        Assert.Null(_pings.LastRoundTrip);
        _pings.OnPong(1, Now);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pings.OnPong(1, Now); // Repeated: too late to count.
        Assert.Equal(TimeSpan.Zero, _pings.LastRoundTrip);
    }
}
