using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

public class PrivateBroadcastRulesTests
{
    private static readonly TimeSpan Began = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Checks what holds after every step, whatever the attempts come to.</summary>
    [Fact]
    public void Decide_AnyOutcomes_KeepsItsLimits()
    {
        var (rounds, gaveUp) = (0, 0);
        Gen.Select(Gen.Int[1, PrivateBroadcastOptions.MaxRecipients], Gen.Int[0, 10], Gen.Bool, Gen.Byte.Array[0, 60]).Sample((recipients, failures, seesReturn, chances) =>
        {
            var rules = new PrivateBroadcastRules(recipients, Hour, seesReturn, Began);
            var (now, underWay, lastReceipt, wanted) = (Began, 0, Began, recipients);
            foreach (var chance in chances)
            {
                var step = rules.Decide(now);
                Assert.Equal(now >= Began + Hour || (!seesReturn && rules.Receipts >= recipients), step.Action == PrivateBroadcastAction.End);
                switch (step.Action)
                {
                    case PrivateBroadcastAction.End:
                        gaveUp++;
                        return;
                    case PrivateBroadcastAction.Start when chance % 8 == 0:
                        rules.NoteNoAddress(now);
                        Assert.Equal(new(PrivateBroadcastAction.Wait, Min(now + PrivateBroadcastRules.Pause)), rules.Decide(now));
                        break;
                    case PrivateBroadcastAction.Start:
                        if (rules.Receipts + underWay >= wanted)
                        {
                            Assert.True(now >= lastReceipt + PrivateBroadcastRules.Patience);
                            wanted = rules.Receipts + recipients;
                            rounds++;
                        }

                        rules.Begin();
                        underWay++;
                        break;
                    case PrivateBroadcastAction.Wait when underWay > 0:
                        now += TimeSpan.FromSeconds(chance);
                        rules.End(chance % 11 >= failures, now);
                        lastReceipt = chance % 11 >= failures ? now : lastReceipt;
                        underWay--;
                        break;
                    default:
                        Assert.True(step.Until > now);
                        now = step.Until;
                        break;
                }

                Assert.InRange(underWay, 0, recipients);
                Assert.InRange(rules.Receipts + underWay, 0, wanted);
            }
        });
        Assert.True(rounds > 0 && gaveUp > 0, $"{rounds} further rounds, {gaveUp} ends");

        static TimeSpan Min(TimeSpan until) => until < Began + Hour ? until : Began + Hour;
    }

    [Fact]
    public void Decide_AllAttemptsFail_GivesUpAfterTheMostOfThem()
    {
        var rules = new PrivateBroadcastRules(3, TimeSpan.FromDays(1), seesReturn: true, Began);
        while (rules.Decide(Began).Action == PrivateBroadcastAction.Start)
        {
            rules.Begin();
            rules.End(isReceived: false, Began);
        }

        Assert.Equal(PrivateBroadcastAction.End, rules.Decide(Began).Action);
        Assert.Equal(PrivateBroadcastRules.MaxAttempts, rules.Attempts);
    }

    /// <summary>Checks a regression: while the proxy was down, all attempts were used up within a moment.</summary>
    [Fact]
    public void Withdraw_AnAttemptThatSaysNothingOfThePeer_DoesNotCountAndIsFollowedByAPause()
    {
        var rules = new PrivateBroadcastRules(1, Hour, seesReturn: true, Began);
        Assert.Equal(PrivateBroadcastAction.Start, rules.Decide(Began).Action);
        rules.Begin();
        rules.Withdraw(Began);
        Assert.Equal(0, rules.Attempts);
        Assert.Equal(new(PrivateBroadcastAction.Wait, Began + PrivateBroadcastRules.Pause), rules.Decide(Began));
        Assert.Equal(PrivateBroadcastAction.Start, rules.Decide(Began + PrivateBroadcastRules.Pause).Action);
    }
}
