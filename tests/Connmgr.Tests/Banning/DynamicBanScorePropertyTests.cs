using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public class DynamicBanScorePropertyTests
{
    // Waits of 0 to 40 min in milliseconds, mostly short; points mostly small, now and then near the maximum.
    private static readonly Gen<(int Wait, uint Persistent, uint Transient)> Step = Gen.Select(
        Gen.Frequency((8, Gen.Int[0, 3_000]), (2, Gen.Int[0, 300_000]), (1, Gen.Int[0, 2_400_000])),
        Points(),
        Points());

    private static readonly Gen<(int Wait, uint Persistent, uint Transient)[]> Steps = Step.Array[1, 60];

    [Fact]
    public void Int_AfterAnySteps_EqualsBtcd() => Steps.Sample(steps =>
    {
        var clock = new FakeTimeProvider();
        var score = new DynamicBanScore(clock);
        var model = new BtcdModel();
        var elapsed = 0L;
        foreach (var (wait, persistent, transient) in steps)
        {
            clock.Advance(TimeSpan.FromMilliseconds(wait));
            elapsed += wait;
            model.Increase(persistent, transient, elapsed / 1000);

            Assert.Equal(model.Int(elapsed / 1000), score.Increase(persistent, transient));
            Assert.Equal(model.Int(elapsed / 1000), score.Int());
        }
    });

    [Fact]
    public void Increase_AtAnyTime_NeverLowersAndNeverExceedsSaturatingSum() => Steps.Sample(steps =>
    {
        var clock = new FakeTimeProvider();
        var score = new DynamicBanScore(clock);
        var persistentSum = 0UL;
        foreach (var (wait, persistent, transient) in steps)
        {
            clock.Advance(TimeSpan.FromMilliseconds(wait));
            var before = score.Int();
            var after = score.Increase(persistent, transient);
            persistentSum += persistent;

            Assert.True(after >= before, $"{before} fell to {after} by an increase.");
            Assert.Equal(after, score.Int());
            Assert.True(after >= Math.Min(persistentSum, uint.MaxValue), "The persistent part is counted in full.");

            // One more for the fractions that both sides had cut off.
            Assert.True(after <= Math.Min((ulong)before + persistent + transient + 1, uint.MaxValue), $"{before} rose to {after}.");
        }
    });

    [Fact]
    public void Int_AsTimePasses_NeverRisesAndReachesThePersistentPart() => Steps.Sample(steps =>
    {
        var clock = new FakeTimeProvider();
        var score = new DynamicBanScore(clock);
        var persistentSum = 0UL;
        foreach (var (_, persistent, transient) in steps)
        {
            score.Increase(persistent, transient);
            persistentSum += persistent;
        }

        var last = score.Int();
        foreach (var (wait, _, _) in steps)
        {
            clock.Advance(TimeSpan.FromMilliseconds(wait));
            var now = score.Int();
            Assert.True(now <= last, $"{last} rose to {now} by waiting.");
            last = now;
        }

        clock.Advance(TimeSpan.FromSeconds(DynamicBanScore.Lifetime + 1));
        Assert.Equal((uint)Math.Min(persistentSum, uint.MaxValue), score.Int());
    });

    private static Gen<uint> Points() => Gen.Frequency((3, Gen.Const(0u)), (8, Gen.UInt[1, 200]), (1, Gen.UInt));

    // The arithmetic of btcd with the defects D21 and D22 taken out: decayed when read, sums that do not wrap.
    private sealed class BtcdModel
    {
        private const double Lambda = 0.011552453009332421; // ln 2 / 60

        private double _persistent;
        private double _transient;
        private long _last;

        public void Increase(uint persistent, uint transient, long second)
        {
            _persistent = Math.Min(_persistent + persistent, uint.MaxValue);
            if (transient == 0)
                return;

            var age = second - _last;
            if (age > 1800)
                _transient = 0;
            else if (_transient > 1 && age > 0)
                _transient *= Math.Exp(-1.0 * age * Lambda);
            _transient += transient;
            _last = second;
        }

        public uint Int(long second)
        {
            var age = second - _last;
            return _transient < 1 || age > 1800
                ? (uint)_persistent
                : (uint)Math.Min(_persistent + Math.Floor(_transient * Math.Exp(-1.0 * age * Lambda)), uint.MaxValue);
        }
    }
}
