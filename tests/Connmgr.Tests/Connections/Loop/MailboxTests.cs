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
                        Apply(mailbox);
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
    public void PostLast_OfThePieceThatRuns_IsAppliedOnceThePieceHasRun()
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
        mailbox.Run(static _ => Task.CompletedTask, new object());
        Assert.Equal(0, pumps);
        mailbox.Run(
            piece =>
            {
                Assert.True(mailbox.PostLast(About(piece)));
                Assert.True(mailbox.PostLast(About(piece)));
                Assert.Equal(0, pumps);
                return Task.CompletedTask;
            },
            new object());
        Assert.Equal(1, pumps);
    }

    [Fact]
    public async Task PostLast_OfAPieceThatHasWaited_CallsForAThread()
    {
        var (isPumped, mailbox) = NewPumped();
        var wait = new TaskCompletionSource();
        mailbox.Run(
            async piece =>
            {
                await wait.Task;
                mailbox.PostLast(About(piece));
            },
            new object());

        wait.SetResult(); // Continues the piece on this thread, which applies nothing.

        await isPumped.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
    }

    /// <summary>The message must not wait for the piece that runs, which may wait for it.</summary>
    [Fact]
    public void PostLast_OfAnotherPieceThanTheOneThatRuns_CallsForAThreadAtOnce()
    {
        var (isPumped, mailbox) = NewPumped();
        var wait = new TaskCompletionSource();
        mailbox.Run(
            async piece =>
            {
                await wait.Task;
                mailbox.PostLast(About(piece));
            },
            new object());
        mailbox.Run(
            _ =>
            {
                wait.SetResult(); // Continues the other piece within this one.
                Assert.True(SpinWait.SpinUntil(() => isPumped.IsCompleted, TimeSpan.FromMinutes(1)));
                return Task.CompletedTask;
            },
            new object());
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
        Apply(mailbox);
        Assert.Equal((2, 2), (applied, pumps));
    }

    [Fact]
    public void Run_WithinAPump_LeavesTheMessageToTheOneWhoPumps()
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
                    Apply(mailbox);
                    Assert.Equal(1, applied);
                }

                depth--;
                return true;
            },
            isPumpedByHand: false);
        Apply(mailbox);
        Assert.Equal(2, applied);
    }

    [Fact]
    public void APumpThatCannotGoOn_IsNotCalledAgain()
    {
        var pumps = 0;
        var mailbox = new Mailbox(() => ++pumps < 0, isPumpedByHand: false);
        for (var i = 0; i < 3; i++)
        {
            Apply(mailbox);
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
        Assert.False(mailbox.PostLast(About(new object())));
        Assert.True(mailbox.TryRead(out _));
        Assert.False(mailbox.TryRead(out _));
    }

    private static Message About(object piece) => new(static (_, _, _, _) => { }, piece, Detail: null);

    /// <summary>Runs a piece of work that posts one message.</summary>
    private static void Apply(Mailbox mailbox) => mailbox.Run(
        piece =>
        {
            mailbox.PostLast(About(piece));
            return Task.CompletedTask;
        },
        new object());

    private static (Task IsPumped, Mailbox Mailbox) NewPumped()
    {
        var isPumped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Mailbox? mailbox = null;
        mailbox = new Mailbox(
            () =>
            {
                while (mailbox!.TryRead(out _))
                    isPumped.TrySetResult();
                return true;
            },
            isPumpedByHand: false);
        return (isPumped.Task, mailbox);
    }
}
