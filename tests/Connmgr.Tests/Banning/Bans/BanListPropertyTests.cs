using Connmgr.Tests.Addresses;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public class BanListPropertyTests
{
    private static readonly Gen<NetworkAddress> Host = Gen.OneOf(
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 7], (a, b) => NetworkAddress.Parse($"10.{a}.0.{b}")),
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 7], (a, b) => NetworkAddress.Parse($"2600:{a}::{b + 1}")),
        Gen.Int[0, 3].Select(i => AddressGen.Of(AddressNetwork.TorV3, [.. Enumerable.Repeat((byte)i, 32)])),
        Gen.Int[1, 3].Select(i => NetworkAddress.Parse($"fc00::{i}").ToCjdns()));

    private static readonly Gen<Step> AnyStep = Gen.Select(
        Host, Gen.Int[0, 8], Gen.Frequency((6, Gen.Int[1, 40]), (1, Gen.Const(0))),
        Gen.Frequency((8, Gen.Const(0)), (3, Gen.Const(1)), (4, Gen.Const(2)), (1, Gen.Const(3))),
        (host, prefix, seconds, action) => new Step(host, prefix, seconds, action));

    [Fact]
    public void AnySteps_AgreeWithAListThatIsSearchedThrough()
    {
        var reached = new int[6];
        AnyStep.Array[1, 80].Sample(steps =>
        {
            var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
            var bans = new BanList(new BanListOptions { TimeProvider = clock, MaxCount = 8 });
            var model = new Dictionary<BanTarget, Ban>();
            foreach (var (host, prefix, seconds, action) in steps)
            {
                var now = clock.GetUtcNow();
                var target = GetTarget(host, prefix);
                switch (action)
                {
                    case 0:
                        Sweep(model, now);
                        var ban = new Ban(target, now, now.AddSeconds(seconds));
                        var expected = Add(model, ban, now);
                        Assert.Equal(expected, bans.Add(ban));
                        Interlocked.Increment(ref reached[(int)expected]);
                        break;
                    case 1:
                        Assert.Equal(model.Remove(target, out var removed) && removed.Until > now, bans.Remove(target));
                        break;
                    case 2:
                        clock.Advance(TimeSpan.FromSeconds(seconds / 4.0));
                        break;
                    default:
                        Sweep(model, now);
                        Assert.Equal(model.Keys.ToHashSet(), bans.GetBans().Select(each => each.Target).ToHashSet());
                        break;
                }

                now = Connmgr.Ban.WholeSeconds(clock.GetUtcNow());
                var found = bans.TryFind(host, out var holding);
                var around = model.Values.Where(each => each.Until > now && each.Target.Subnet.Contains(host)).ToList();
                Assert.Equal(around.Count > 0, found);
                if (found)
                    Assert.Equal(around.MaxBy(each => each.Target.Subnet.PrefixLength), holding, BanComparer.Instance);
                Interlocked.Increment(ref reached[around.Count > 1 ? 5 : 1]);
            }
        }, iter: 3000);
        Assert.True(reached.All(count => count > 200), $"reached {string.Join(' ', reached)}");
    }

    [Fact]
    public void Add_TheSameOverAndOver_KeepsMemoryBounded()
    {
        var table = new BanTable();
        var start = DateTimeOffset.UnixEpoch;
        for (var i = 0; i < 100_000; i++)
            table.Put(new Ban(BanTarget.Parse($"1.2.3.{i % 4}"), start, start.AddSeconds(i + 1)));

        Assert.Equal(4, table.Count);
        Assert.True(table.QueueLength <= 2 * 4 + 64, $"{table.QueueLength} entries");
        Assert.All(Enumerable.Range(0, 4), i => Assert.NotNull(table.FindInForce(BanTarget.Parse($"1.2.3.{i}"), start)));
        Assert.Equal(4, table.Sweep(start.AddSeconds(100_000))!.Count);
        Assert.Equal(0, table.QueueLength);
    }

    [Fact]
    public void Find_AmongManyBansThatComeAndGo_MissesNoneAndAllocatesNothing()
    {
        var bans = new BanList();
        var random = new Random(1);
        var held = new HashSet<uint>();
        for (var i = 0; i < 60_000; i++)
        {
            var bits = 0x2000_0000u + (uint)random.Next(40_000);
            if (held.Add(bits))
                bans.Add(Target(bits));
            else if (held.Remove(bits))
                Assert.True(bans.Remove(Target(bits)));
        }

        for (var bits = 0x2000_0000u; bits < 0x2000_0000 + 40_000; bits++)
            Assert.Equal(held.Contains(bits), bans.IsBanned(Target(bits).Subnet.Address));
        var address = Target(0x2000_0000).Subnet.Address;
        Assert.Equal(0, Allocations.Least(() => bans.IsBanned(address)));

        static BanTarget Target(uint bits) => new(NetworkAddress.FromIPAddress(AddressGen.ToIP(bits)));
    }

    [Fact]
    public async Task FromManyThreads_NeverLosesABan()
    {
        var bans = new BanList();
        var lasting = BanTarget.Parse("5.0.0.0/8");
        bans.Add(lasting, TimeSpan.FromHours(1));
        var stop = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var looked = 0L;
            while (Volatile.Read(ref stop) == 0 || looked < 1000)
            {
                Assert.True(bans.IsBanned(NetworkAddress.Parse("5.1.2.3")));
                looked++;
            }
        }, TestContext.Current.CancellationToken)).ToArray();
        for (var round = 0; round < 200; round++)
        {
            for (var length = 9; length <= 32; length++)
                bans.Add(BanTarget.Parse($"5.1.2.3/{length}"));
            for (var length = 9; length <= 32; length++)
                bans.Remove(BanTarget.Parse($"5.1.2.3/{length}"));
        }

        Volatile.Write(ref stop, 1);
        await Task.WhenAll(readers);
        Assert.Equal(1, bans.Count);
    }

    private static BanTarget GetTarget(NetworkAddress host, int prefix)
    {
        var length = host.Network switch { AddressNetwork.IPv4 => 32 - (prefix * 2), AddressNetwork.IPv6 => 128 - (prefix * 14), _ => -1 };
        return NetworkSubnet.TryCreate(host, length, out var subnet) ? new(subnet) : new(host);
    }

    private static BanOutcome Add(Dictionary<BanTarget, Ban> model, Ban ban, DateTimeOffset now)
    {
        ban = new Ban(ban.Target, Connmgr.Ban.WholeSeconds(ban.Created), Connmgr.Ban.WholeSeconds(ban.Until));
        if (ban.Until <= Connmgr.Ban.WholeSeconds(now))
            return BanOutcome.AlreadyExpired;
        var isThere = model.TryGetValue(ban.Target, out var present);
        if (isThere && present!.Until >= ban.Until)
            return BanOutcome.AlreadyBanned;
        if (!isThere && model.Count >= 8)
            return BanOutcome.ListFull;
        model[ban.Target] = ban;
        return isThere ? BanOutcome.Extended : BanOutcome.Added;
    }

    private static void Sweep(Dictionary<BanTarget, Ban> model, DateTimeOffset now)
    {
        foreach (var ban in model.Values.Where(ban => ban.Until <= Connmgr.Ban.WholeSeconds(now)).ToList())
            model.Remove(ban.Target);
    }

    private sealed record Step(NetworkAddress Host, int Prefix, int Seconds, int Action);
}
