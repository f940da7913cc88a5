using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public class PeerClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly PeerClock _clock;

    public PeerClockTests() => _clock = new PeerClock(_time);

    [Fact]
    public void IsTrusted_FiveGroupsAgreeForAnHour_IsTrue()
    {
        Learn(0, 1, 2, 3, 4);
        Assert.False(_clock.IsTrusted());
        _time.Advance(Hour - TimeSpan.FromSeconds(1));
        Assert.False(_clock.IsTrusted());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_clock.IsTrusted());
    }

    [Fact]
    public void IsTrusted_FourGroups_IsFalse()
    {
        Learn(0, 1, 2, 3);
        Learn(3); // One group twice is one.
        _clock.AddSample(Group("10.0.0.1"), Now); // A private one is none.
        _time.Advance(100 * Hour);
        Assert.False(_clock.IsTrusted());
    }

    /// <summary>Lets two of five peers lie, and three be off by the allowed offset, or by a second more.</summary>
    [Theory]
    [InlineData(70 * 60, true)]
    [InlineData(-70 * 60, true)]
    [InlineData((70 * 60) + 1, false)]
    [InlineData((-70 * 60) - 1, false)]
    public void IsTrusted_MedianAtTheBound(long offset, bool expected)
    {
        for (var i = 0; i < 5; i++)
            _clock.AddSample(Group($"8.{i}.1.1"), i < 3 ? Now + offset : offset > 0 ? 200_000_000_000 : 0);
        _clock.AddSample(Group("8.9.1.1"), long.MinValue);
        _clock.AddSample(Group("8.9.1.1"), long.MaxValue);
        _time.Advance(Hour);
        Assert.Equal(expected, _clock.IsTrusted());
    }

    /// <summary>Needs no new sample: the peers' times are advanced by a clock that is never set.</summary>
    [Fact]
    public void IsTrusted_AStepOfTheClock_EndsIt_AndItTakesAnHourAgain()
    {
        var time = new SteppedTime(_time);
        var clock = new PeerClock(time);
        for (var i = 0; i < 5; i++)
            clock.AddSample(Group($"8.{i}.1.1"), Now);
        _time.Advance(Hour);
        Assert.True(clock.IsTrusted());

        time.Step = TimeSpan.FromDays(400);
        Assert.False(clock.IsTrusted());
        time.Step = TimeSpan.Zero;
        Assert.False(clock.IsTrusted());
        _time.Advance(Hour);
        Assert.True(clock.IsTrusted());
    }

    [Fact]
    public void Reset_ForgetsTheSamples_AndItTakesAnHourAgain()
    {
        Learn(0, 1, 2, 3, 4);
        _time.Advance(Hour);
        Assert.True(_clock.IsTrusted());

        _clock.Reset();

        Assert.Null(_clock.GetOffset());
        Assert.False(_clock.IsTrusted());
        Learn(0, 1, 2, 3, 4);
        Assert.False(_clock.IsTrusted());
        _time.Advance(Hour);
        Assert.True(_clock.IsTrusted());
    }

    [Fact]
    public void Learn_NewerGroups_TakeThePlaceOfOlder()
    {
        Learn(0, 1, 2, 3, 4);
        _time.Advance(Hour);
        for (var i = 10; i < 13; i++)
            _clock.AddSample(Group($"8.{i}.1.1"), Now + 100_000);
        Assert.False(_clock.IsTrusted());
    }

    [Fact]
    public void Learn_AnyTime_DoesNotThrow() => Gen.Select(Gen.Long, Gen.Int[0, 20]).Array[0, 20].Sample(words =>
    {
        foreach (var (seconds, group) in words)
            _clock.AddSample(Group($"8.{group}.1.1"), seconds);
        _ = _clock.IsTrusted();
    }, threads: 1);

    private long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    private static Netgroup Group(string address) => Netgroup.FromAddress(NetworkAddress.Parse(address));

    private void Learn(params int[] groups)
    {
        foreach (var group in groups)
            _clock.AddSample(Group($"8.{group}.1.1"), Now);
    }

    internal sealed class SteppedTime(TimeProvider time) : TimeProvider
    {
        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Step;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }
}
