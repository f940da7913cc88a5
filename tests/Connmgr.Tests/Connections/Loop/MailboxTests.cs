namespace Connmgr.Tests.Connections;

/// <summary>Messages are applied one at a time, each of them, whoever posts them and however.</summary>
public class MailboxTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_FromManyThreads_EachMessageIsAppliedOnceByOneThreadAtATime(bool someApplyThemselves)
    {
        const int threads = 4;
        const int each = 50_000;
        var (applied, pumping, overlaps) = (0, 0, 0);
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Mailbox? mailbox = null;
        mailbox = new Mailbox(
            () =>
            {
                overlaps += Interlocked.Increment(ref pumping) == 1 ? 0 : 1;
                while (mailbox!.TryRead(out _))
                {
                    if (++applied == threads * each)
                        isDone.SetResult();
                }

                Interlocked.Decrement(ref pumping);
                return true;
            },
            isPumpedByHand: false);
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(
            () =>
            {
                for (var i = 0; i < each; i++)
                {
                    if (someApplyThemselves && thread % 2 == 0)
                    {
                        mailbox.PostOnly(default);
                        mailbox.PumpHere();
                    }
                    else
                        mailbox.Post(default);
                }
            },
            Cancellation)));
        await isDone.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation); // One that was left over would hang here.
        Assert.Equal(0, overlaps);
        Assert.Equal(threads * each, applied);
    }

    [Fact]
    public void PostOnly_IsAppliedByPumpHere()
    {
        var pumps = 0;
        Mailbox? mailbox = null;
        mailbox = new Mailbox(
            () =>
            {
                pumps++;
                while (mailbox!.TryRead(out _))
                {
                    // All of them.
                }

                return true;
            },
            isPumpedByHand: false);
        mailbox.PumpHere();
        Assert.Equal(0, pumps);
        Assert.True(mailbox.PostOnly(default));
        Assert.True(mailbox.PostOnly(default));
        Assert.Equal(0, pumps);
        mailbox.PumpHere();
        Assert.Equal(1, pumps);
    }

    [Fact]
    public void Post_BetweenTheLastLookOfAPumpAndItsEnd_IsNotLost()
    {
        var (applied, pumps) = (0, 0);
        Mailbox? mailbox = null;
        mailbox = new Mailbox(
            () =>
            {
                while (mailbox!.TryRead(out _))
                    applied++;
                if (++pumps == 1)
                    mailbox.Post(default); // Somebody else's: finds the turn taken, and relies on whoever has it.
                return true;
            },
            isPumpedByHand: false);
        mailbox.PostOnly(default);
        mailbox.PumpHere();
        Assert.Equal((2, 2), (applied, pumps));
    }

    [Fact]
    public void PumpHere_WithinAPump_LeavesTheMessageToTheOneWhoPumps()
    {
        var (depth, applied) = (0, 0);
        Mailbox? mailbox = null;
        mailbox = new Mailbox(
            () =>
            {
                Assert.Equal(1, ++depth);
                while (mailbox!.TryRead(out _))
                {
                    if (applied++ > 0)
                        continue;
                    mailbox.PostOnly(default);
                    mailbox.PumpHere();
                    Assert.Equal(1, applied);
                }

                depth--;
                return true;
            },
            isPumpedByHand: false);
        mailbox.PostOnly(default);
        mailbox.PumpHere();
        Assert.Equal(2, applied);
    }

    [Fact]
    public void APumpThatCannotGoOn_IsNotCalledAgain()
    {
        var pumps = 0;
        var mailbox = new Mailbox(() => ++pumps < 0, isPumpedByHand: false);
        for (var i = 0; i < 3; i++)
        {
            mailbox.PostOnly(default);
            mailbox.PumpHere();
        }

        Assert.Equal(1, pumps);
    }

    [Fact]
    public void Close_TakesNoMoreAndKeepsWhatIsIn()
    {
        var mailbox = new Mailbox(static () => true, isPumpedByHand: true);
        Assert.True(mailbox.Post(default));
        mailbox.Close();
        Assert.False(mailbox.Post(default));
        Assert.False(mailbox.PostOnly(default));
        Assert.True(mailbox.TryRead(out _));
        Assert.False(mailbox.TryRead(out _));
    }
}
