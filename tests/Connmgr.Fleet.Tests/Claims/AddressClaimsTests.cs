using System.Net;
using CsCheck;

namespace Connmgr.Fleet.Tests;

public class AddressClaimsTests
{
    private static readonly IPEndPoint Address = IPEndPoint.Parse("203.0.113.7:8333");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryClaimAsync_HeldByAnother_GivesNullUntilItIsReleased()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();

        var claim = await first.Claims.TryClaimAsync(Address);
        Assert.NotNull(claim);
        Assert.Null(await second.Claims.TryClaimAsync(Address));
        Assert.True(second.Claims.IsHeldElsewhere(Address));
        Assert.False(first.Claims.IsHeldElsewhere(Address));

        claim.Dispose();
        await Eventually.TrueAsync(async () => await second.Claims.TryClaimAsync(Address) is not null);
        Assert.Null(await first.Claims.TryClaimAsync(Address));
    }

    [Fact]
    public async Task Dispose_OneOfTwoClaims_KeepsTheAddress()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();
        using var candidate = await first.Claims.TryClaimAsync(Address);
        var connection = await first.Claims.TryClaimAsync(new IPEndPoint(Address.Address.MapToIPv6(), Address.Port));

        candidate!.Dispose();
        candidate.Dispose();
        Assert.Equal(1, first.Claims.Count);
        Assert.Null(await second.Claims.TryClaimAsync(Address));

        connection!.Dispose();
        Assert.Equal(0, first.Claims.Count);
    }

    [Fact]
    public async Task TryClaimAsync_HolderWasKilled_IsGivenAfterItsLease()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync(10);
        var worker = await redis.StartWorkerAsync(10, $"{Address}");
        await Eventually.TrueAsync(async () => await TryAsync() is false);

        worker.Kill();

        await Eventually.TrueAsync(async () => await TryAsync() is true);

        async Task<bool?> TryAsync()
        {
            try
            {
                return await fleet.Claims.TryClaimAsync(Address) is not null;
            }
            catch (FleetUnavailableException)
            {
                return null; // So short a lease may end on a slow machine.
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryClaimAsync_RedisWasRestarted_TheHolderKeepsItsAddress(bool persists)
    {
        await using var redis = await RedisServer.StartAsync(persists);
        await using var first = await redis.JoinAsync(10);
        await using var second = await redis.JoinAsync(10);
        var isLost = false;
        using var claim = await first.Claims.TryClaimAsync(Address, () => isLost = true);
        var epoch = second.Current;

        await redis.KillAsync();
        await Task.WhenAll(RedisServer.RenewAsync(first), RedisServer.RenewAsync(second));
        await Eventually.TrueAsync(() => first.State == FleetState.Lost && second.State == FleetState.Lost);
        await redis.StartAgainAsync();
        await redis.SettleAsync(first, second);

        Assert.Null(await second.Claims.TryClaimAsync(Address));
        Assert.False(isLost);
        Assert.Equal(persists, string.Equals(epoch.Epoch, second.Current.Epoch, StringComparison.Ordinal));
        Assert.NotEqual(epoch.Run, second.Current.Run, StringComparer.Ordinal);
    }

    [Fact]
    public async Task TryClaimAsync_AReplicaTakesOver_TheHolderKeepsItsAddress()
    {
        await using var master = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(replicaOf: master);
        await using var first = await master.JoinAsync(10, other: replica);
        await using var second = await master.JoinAsync(10, other: replica);
        using var claim = await first.Claims.TryClaimAsync(Address);
        Assert.NotNull(claim);
        var before = second.Current;

        await master.KillAsync();
        await Task.WhenAll(RedisServer.RenewAsync(first), RedisServer.RenewAsync(second));
        await Eventually.TrueAsync(() => first.State == FleetState.Lost && second.State == FleetState.Lost);
        await replica.PromoteAsync();
        await replica.SettleAsync(first, second);
        Assert.False(second.Current.HasSameData(before));

        Assert.Null(await second.Claims.TryClaimAsync(Address));
        using var other = await second.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.8:8333"));
        Assert.NotNull(other);
    }

    /// <summary>The process was away for longer than its lease, while others were not: it gives way.</summary>
    [Fact]
    public async Task OnLost_AnotherClaimedItMeanwhile_IsCalled()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new CutOff(redis.EndPoint);
        await using var first = await FleetConnection.ConnectAsync(
            new FleetOptions { Redis = proxy.EndPoint, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(30) }, Token);
        await using var second = await redis.JoinAsync();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var claim = await first.Claims.TryClaimAsync(Address, lost.SetResult);
        using var kept = await first.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.8:8333"));

        proxy.Cut();
        await RedisServer.RenewAsync(first);
        await Eventually.TrueAsync(() => first.State == FleetState.Lost);
        await second.Database.SortedSetAddAsync(second.Keys.Sessions, first.Current.Token, 0); // As if its lease had ended.
        Assert.NotNull(await second.Claims.TryClaimAsync(Address));
        proxy.Restore();

        await Eventually.TrueAsync(() => lost.Task.IsCompleted);
        await first.WhenReadyAsync(Token);
        Assert.Equal(1, first.Claims.Count);
        Assert.Null(await first.Claims.TryClaimAsync(Address));
        Assert.Null(await second.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.8:8333")));
    }

    [Fact]
    public async Task ReclaimAsync_AHolderThrows_TheOthersAreTold()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();
        var told = 0;
        for (var i = 0; i < 2; i++)
        {
            await first.Claims.TryClaimAsync(Address, () =>
            {
                told++;
                throw new IOException();
            });
        }

        await second.TakeAsync(Address);
        await first.Claims.ReclaimAsync(first.Current.Token, Token);

        Assert.Equal(2, told);
        Assert.Equal(0, first.Claims.Count);
    }

    [Fact]
    public async Task TryClaimAsync_Cancelled_DoesNotWaitForRedisAndReleasesTheAddress()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();
        using var cancellation = new CancellationTokenSource();
        redis.Pause();

        var claim = first.Claims.TryClaimAsync(Address, cancellationToken: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
        Assert.Equal(0, first.Claims.Count);
        redis.Resume();

        await redis.SettleAsync(first, second);
        await Eventually.TrueAsync(async () => await second.Claims.TryClaimAsync(Address) is not null);
    }

    /// <summary>Whatever claims and releases happen at once, no address has two holders.</summary>
    [Fact]
    public async Task Claims_AnyOrder_OneProcessHoldsAnAddress()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();
        await using var third = await redis.JoinAsync();
        FleetConnection[] fleet = [first, second, third];
        var holders = new int[4, fleet.Length];
        var (granted, refused) = (0, 0);

        await Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.Bool).Array[1, 40].SampleAsync(
            async steps =>
            {
                await Parallel.ForEachAsync(steps, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (step, token) =>
                {
                    var (process, number, isLong) = step;
                    var address = new IPEndPoint(new IPAddress([203, 0, 113, (byte)number]), 8333);
                    using var claim = await fleet[process].Claims.TryClaimAsync(address, cancellationToken: token);
                    if (claim is null)
                    {
                        Interlocked.Increment(ref refused);
                        return;
                    }

                    Interlocked.Increment(ref granted);
                    Interlocked.Increment(ref holders[number, process]);
                    if (isLong)
                        await fleet[process].Database.PingAsync();
                    for (var other = 0; other < fleet.Length; other++)
                        Assert.True(other == process || Volatile.Read(ref holders[number, other]) == 0, $"{address} is held by {process} and {other}");
                    Interlocked.Decrement(ref holders[number, process]);
                });
                return true;
            },
            iter: Effort.Of(100),
            threads: 1);

        Assert.True(granted > 50 && refused > 50, $"{granted} granted, {refused} refused");
    }
}
