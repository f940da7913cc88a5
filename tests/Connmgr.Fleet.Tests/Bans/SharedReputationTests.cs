using CsCheck;

namespace Connmgr.Fleet.Tests;

public class SharedReputationTests
{
    private static readonly BanTarget Subnet = BanTarget.Parse("203.0.113.0/24");
    private static readonly NetworkAddress Host = NetworkAddress.Parse("203.0.113.7");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ban_MadeInOneProcess_HoldsInAllAndCanBeRemovedByAny()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        await using var second = await Member.JoinAsync(redis);
        await using var third = await Member.JoinAsync(redis);

        first.Bans.Add(Subnet, TimeSpan.FromHours(1), BanCause.Misbehavior, "sent a bad block");
        await Eventually.TrueAsync(() => second.Bans.IsBanned(Host) && third.Bans.IsBanned(Host));
        Assert.True(first.Bans.TryGet(Subnet, out var made) && second.Bans.TryGet(Subnet, out var shared)
            && (made.Created, made.Until, made.Cause, made.Comment) == (shared.Created, shared.Until, shared.Cause, shared.Comment));

        third.Bans.Remove(Subnet);
        await Eventually.TrueAsync(() => !first.Bans.IsBanned(Host) && !second.Bans.IsBanned(Host));

        second.Bans.Add(Subnet);
        await Eventually.TrueAsync(() => first.Bans.IsBanned(Host) && third.Bans.IsBanned(Host));
    }

    [Fact]
    public async Task Discouraged_InOneProcess_IsInAllAndInThoseThatComeLater()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        await using var second = await Member.JoinAsync(redis);
        var count = 0;
        second.Reputation.Discouraged.Added += (_, _) => Interlocked.Increment(ref count);

        first.Reputation.Discouraged.Add(Host);
        await Eventually.TrueAsync(() => second.Reputation.Discouraged.Contains(Host));
        await using var later = await Member.JoinAsync(redis);
        Assert.True(later.Reputation.Discouraged.Contains(Host));

        // What comes from others is not published again: the next change of the fleet is the second one.
        second.Bans.Add(Subnet);
        await Eventually.TrueAsync(() => first.Bans.IsBanned(Host));
        Assert.Equal("2", await redis.AskAsync("HGET", "connmgr:{test}:state", "changes"));
        await Eventually.TrueAsync(() => Volatile.Read(ref count) == 1); // Told after it was added.
    }

    /// <summary>Neither a ban nor its removal is missed, and a list of before does not bring back what was removed.</summary>
    [Fact]
    public async Task Changes_WhileAProcessIsAway_HoldWhenItIsBack()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CutOff(redis.EndPoint);
        await using var first = await Member.JoinAsync(redis);
        await using var away = await Member.JoinAsync(redis, way.EndPoint);
        var other = BanTarget.Parse("AS64496");
        var own = BanTarget.Parse("198.51.100.0/24");
        first.Bans.Add(Subnet);
        await Eventually.TrueAsync(() => away.Bans.IsBanned(Host));

        way.Cut();
        await Eventually.TrueAsync(() => away.Fleet.State == FleetState.Lost);
        first.Bans.Remove(Subnet);
        first.Bans.Add(other);
        away.Bans.Add(own);
        way.Restore();

        await Eventually.TrueAsync(() => !away.Bans.IsBanned(Host) && away.Bans.TryGet(other, out _) && first.Bans.TryGet(own, out _));
        var now = TimeProvider.System.GetUtcNow();
        await using var restarted = await Member.JoinAsync(redis, bans: [new Ban(Subnet, now.AddMinutes(-1), now.AddHours(1))]);
        Assert.False(restarted.Bans.IsBanned(Host));
        Assert.True(restarted.Bans.TryGet(own, out _));

        // Nor does one that is added later with its old time, as from a file.
        restarted.Bans.Add(new Ban(Subnet, now.AddMinutes(-1), now.AddHours(1)));
        await Eventually.TrueAsync(() => !restarted.Bans.IsBanned(Host));
        Assert.False(first.Bans.IsBanned(Host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bans_AfterARestartOfRedis_AreThoseOfAllProcesses(bool persists)
    {
        await using var redis = await RedisServer.StartAsync(persists);
        await using var first = await Member.JoinAsync(redis);
        await using var second = await Member.JoinAsync(redis);
        first.Bans.Add(Subnet);
        await Eventually.TrueAsync(() => second.Bans.IsBanned(Host));

        await redis.KillAsync();
        await Eventually.TrueAsync(() => first.Fleet.State == FleetState.Lost);
        var own = BanTarget.Parse("198.51.100.0/24");
        second.Bans.Add(own);
        await redis.StartAgainAsync();

        await Eventually.TrueAsync(() => first.Bans.TryGet(own, out _));
        await using var later = await Member.JoinAsync(redis);
        Assert.True(later.Bans.TryGet(own, out _));
        await Eventually.TrueAsync(() => later.Bans.IsBanned(Host));
    }

    /// <summary>A ban tells its second only, but counts as later than a removal of the same second, also when it is published again.</summary>
    [Fact]
    public async Task Ban_PublishedAgain_HasTheSameTime()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        first.Bans.Add(Subnet);
        await Eventually.TrueAsync(() => first.Shared.IsUpTo(1));
        var record = await redis.AskAsync("HGET", "connmgr:{test}:bans", $"{Subnet}");

        await redis.KillAsync();
        await Eventually.TrueAsync(() => first.Fleet.State == FleetState.Lost);
        await redis.StartAgainAsync();

        await Eventually.TrueAsync(async () => await redis.AskAsync("EXISTS", "connmgr:{test}:bans") is "1");
        Assert.Equal(record, await redis.AskAsync("HGET", "connmgr:{test}:bans", $"{Subnet}"));
    }

    /// <summary>However late the report of a new ban comes, in its second or the next, it counts as later than a removal before the ban.</summary>
    [Fact]
    public void Ban_ReportedLate_IsLaterThanTheRemovalBeforeIt() =>
        Gen.Select(Gen.Int[0, 999], Gen.Int[0, 999], Gen.Int[0, 1000]).Sample(static (made, before, delay) =>
        {
            var second = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
            var ban = new Ban(Subnet, second, second.AddHours(1));
            var removed = BanRecord.FromRemoval(ban, second.AddMilliseconds(Math.Min(made, before)));
            var times = new BanTimes();

            var added = BanRecord.FromBan(ban, times.Keep(ban, second.AddMilliseconds(made + delay)));

            Assert.True(added.Time >= removed.Time);
            Assert.Equal(added.Time, times.Get(ban));
            Assert.Equal(second.ToUnixTimeMilliseconds(), new BanTimes().Keep(ban, second.AddSeconds(3))); // One of a file keeps its time.
        });

    /// <summary>More changes than the stream keeps: the gap is noticed, and everything is read again.</summary>
    [Fact]
    public async Task Stream_HasAGap_EverythingIsReadAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CutOff(redis.EndPoint);
        await using var first = await Member.JoinAsync(redis);
        await using var away = await Member.JoinAsync(redis, way.EndPoint);
        way.Cut();
        await Eventually.TrueAsync(() => away.Fleet.State == FleetState.Lost);

        first.Bans.Add(Subnet);
        first.Bans.Add(BanTarget.Parse("198.51.100.0/24"));
        await Eventually.TrueAsync(async () => await redis.AskAsync("HGET", "connmgr:{test}:state", "changes") is "2");
        await redis.AskAsync("XTRIM", "connmgr:{test}:changes", "MAXLEN", "1");
        way.Restore();

        await Eventually.TrueAsync(() => away.Bans.Count == 2);
    }

    /// <summary>Redis may hold anything: entries that are not valid end neither the loop nor the sharing.</summary>
    [Theory]
    [InlineData("n", "none", "t", "203.0.113.0/24", "v", "- 1 0 ")]
    [InlineData("x", "1")]
    [InlineData("n", "1", "v", "+ 1 9000000000 1 1 note")]
    [InlineData("n", "1", "v", "d 1 0 ")]
    [InlineData("n", "1", "t", "203.0.113.0/24", "v", "?")]
    public async Task Stream_HasAMalformedEntry_IsFollowed(params string[] fields)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        await using var second = await Member.JoinAsync(redis);

        await redis.AskAsync("HINCRBY", "connmgr:{test}:state", "changes", "1");
        await redis.AskAsync("XADD", ["connmgr:{test}:changes", "*", .. fields]);
        await redis.AskAsync("HSET", "connmgr:{test}:bans", $"{Subnet}", "not a record");
        first.Bans.Add(Subnet);

        await Eventually.TrueAsync(() => second.Bans.IsBanned(Host));
    }

    [Fact]
    public async Task Handlers_Throw_TheSharingContinues()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        await using var second = await Member.JoinAsync(redis);
        var thrown = 0;
        second.Bans.Changed += (_, _) => throw new InvalidOperationException($"as if: {Interlocked.Increment(ref thrown)}");
        second.Reputation.Discouraged.Added += (_, _) => throw new InvalidOperationException($"as if: {Interlocked.Increment(ref thrown)}");

        first.Bans.Add(Subnet);
        await Eventually.TrueAsync(() => second.Bans.IsBanned(Host));
        first.Reputation.Discouraged.Add(Host);
        await Eventually.TrueAsync(() => second.Reputation.Discouraged.Contains(Host));
        first.Bans.Remove(Subnet);
        await Eventually.TrueAsync(() => !second.Bans.IsBanned(Host));

        await Eventually.TrueAsync(() => Volatile.Read(ref thrown) >= 3); // Told after it was removed.
    }

    /// <summary>A host that comes again and again takes one place in the stream, which holds the changes of all.</summary>
    [Fact]
    public async Task Discouraged_AgainAndAgain_IsToldOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        for (var i = 1; i <= 3; i++)
        {
            first.Reputation.Discouraged.Add(Host);
            first.Bans.Add(BanTarget.Parse($"198.51.100.{i}")); // Published with the host, or after it.
            await Eventually.TrueAsync(() => first.Shared.IsUpTo(1 + i));
        }

        Assert.Equal("4", await redis.AskAsync("HGET", "connmgr:{test}:state", "changes"));
    }

    /// <summary>After any changes anywhere, all processes have the same bans.</summary>
    [Fact]
    public async Task Bans_AnyChanges_BecomeTheSame()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await Member.JoinAsync(redis);
        await using var second = await Member.JoinAsync(redis);
        await using var third = await Member.JoinAsync(redis);
        Member[] all = [first, second, third];
        var (bans, removals) = (0, 0);

        await Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 3]).Array[1, 20].SampleAsync(
            async steps =>
            {
                foreach (var (process, number, hours) in steps)
                {
                    var target = BanTarget.Parse($"203.0.113.{number}");
                    if (hours == 0)
                        removals += all[process].Bans.Remove(target) ? 1 : 0;
                    else if (all[process].Bans.Add(target, TimeSpan.FromHours(hours)) is BanOutcome.Added or BanOutcome.Extended)
                        bans++;
                }

                await Eventually.TrueAsync(async () => await AreSettledAsync(redis, all));
                return true;
            },
            iter: Effort.Of(25),
            threads: 1);

        Assert.True(bans > 20 && removals > 5, $"{bans} bans, {removals} removals");
    }

    private static async Task<bool> AreSettledAsync(RedisServer redis, Member[] all)
    {
        var number = await redis.AskAsync("HGET", "connmgr:{test}:state", "changes");
        if (number.Length == 0)
            number = "0";
        return Array.TrueForAll(all, each => each.Shared.IsUpTo(long.Parse(number)))
            && all.Select(static each => string.Join(' ', each.Bans.GetBans().Select(static ban => $"{ban.Target} {ban.Until}"))).Distinct(StringComparer.Ordinal).Count() == 1
            && (number is "0" || string.Equals(number, await redis.AskAsync("HGET", "connmgr:{test}:state", "changes"), StringComparison.Ordinal));
    }

    private sealed class Member : IAsyncDisposable
    {
        private Member(FleetConnection fleet, PeerReputation reputation, SharedReputation shared) => (Fleet, Reputation, Shared) = (fleet, reputation, shared);

        public FleetConnection Fleet { get; }

        public PeerReputation Reputation { get; }

        public SharedReputation Shared { get; }

        public BanList Bans => Reputation.Bans;

        public static async Task<Member> JoinAsync(RedisServer redis, string? way = null, params Ban[] bans)
        {
            var fleet = await FleetConnection.ConnectAsync(
                new FleetOptions { Redis = way ?? redis.EndPoint, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(10) }, Token);
            var reputation = new PeerReputation();
            reputation.Bans.Add(bans);
            return new(fleet, reputation, await SharedReputation.StartAsync(fleet, reputation, Token));
        }

        public async ValueTask DisposeAsync()
        {
            await Shared.DisposeAsync();
            await Fleet.DisposeAsync();
        }
    }
}
