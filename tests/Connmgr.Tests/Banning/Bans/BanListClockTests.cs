using CsCheck;

namespace Connmgr.Tests.Banning;

/// <summary>Bans under a clock that may be wrong.</summary>
public class BanListClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Clock _clock = new();
    private readonly BanList _bans;
    private readonly List<string> _changes = [];
    private bool _isTrusted;

    public BanListClockTests()
    {
        _bans = new BanList(new BanListOptions { TimeProvider = _clock, MaxCount = 4, IsClockTrusted = () => _isTrusted });
        _bans.Changed += (_, change) => _changes.Add($"{change.Kind} {string.Join(' ', change.Bans.Select(ban => ban.Target.ToString()))}");
    }

    [Fact]
    public void GetBans_ClockGoesAheadAndBack_TheBanHoldsAgain()
    {
        _bans.Add(Target(1), TimeSpan.FromDays(7));
        _clock.Now = Start.AddDays(400);
        Assert.Empty(_bans.GetBans());
        Assert.False(_bans.IsBanned(Address(1)));
        Assert.Equal(Target(1), Assert.Single(_bans.GetKept()).Target);

        _clock.Now = Start.AddDays(1);

        Assert.True(_bans.IsBanned(Address(1)));
        Assert.Single(_bans.GetBans());
        Assert.Equal(["Added 192.0.2.1/32", "Expired 192.0.2.1/32", "Added 192.0.2.1/32"], _changes);
    }

    [Fact]
    public void GetBans_OnceTheClockIsTrusted_EndedOnesAreForgotten()
    {
        _bans.Add(Target(1), TimeSpan.FromDays(7));
        _clock.Now = Start.AddDays(400);
        Assert.Single(_bans.GetKept());
        _isTrusted = true;
        Assert.Empty(_bans.GetKept());

        _clock.Now = Start;

        Assert.False(_bans.IsBanned(Address(1)));
    }

    [Fact]
    public void Add_OfOneThatHasEnded_IsAddedAndTakesItsPlace()
    {
        _bans.Add(Target(1), TimeSpan.FromDays(7));
        _clock.Now = Start.AddDays(400);

        Assert.Equal(BanOutcome.Added, _bans.Add(Target(1), TimeSpan.FromDays(1)));

        Assert.Equal(Start.AddDays(401), Assert.Single(_bans.GetKept()).Until);
    }

    [Fact]
    public void RemoveAndClear_TakeBackWhatHasEndedToo()
    {
        _bans.Add(Target(1), TimeSpan.FromDays(7));
        _bans.Add(Target(2), TimeSpan.FromDays(7));
        _clock.Now = Start.AddDays(400);
        Assert.Empty(_bans.GetBans());

        Assert.False(_bans.Remove(Target(1)));
        Assert.Equal(Target(2), Assert.Single(_bans.GetKept()).Target);
        Assert.Equal(0, _bans.Clear());
        Assert.Empty(_bans.GetKept());
    }

    /// <summary>A writer of the file has to know.</summary>
    [Fact]
    public void RemoveAndClear_OfWhatHasEnded_AreTold()
    {
        _bans.Add([Ban(1), Ban(2)]);
        _clock.Now = Start.AddDays(400);
        Assert.Empty(_bans.GetBans());
        _changes.Clear();

        Assert.False(_bans.Remove(Target(1)));
        Assert.Equal(0, _bans.Clear());
        Assert.Equal(0, _bans.Clear());

        Assert.Equal(["Removed 192.0.2.1/32", "Removed 192.0.2.2/32"], _changes);
    }

    [Fact]
    public void RemoveAndClear_ClockWentAheadAndBack_KnowThatTheBansHold()
    {
        _bans.Add([Ban(1), Ban(2)]);
        _clock.Now = Start.AddDays(400);
        Assert.Empty(_bans.GetBans());
        _clock.Now = Start;
        Assert.True(_bans.Remove(Target(1)));

        _clock.Now = Start.AddDays(400);
        Assert.Empty(_bans.GetBans());
        _clock.Now = Start;
        Assert.Equal(1, _bans.Clear());
    }

    /// <summary>Ended ones take no place from others, and are as many as the list may have: those that ended first go.</summary>
    [Fact]
    public void Add_ManyThatEnd_AreBounded()
    {
        for (var i = 1; i <= 100; i++)
        {
            Assert.Equal(BanOutcome.Added, _bans.Add(Target(i), TimeSpan.FromHours(1)));
            _clock.Now += TimeSpan.FromHours(2);
        }

        Assert.Empty(_bans.GetBans());
        Assert.Equal([97, 98, 99, 100], _bans.GetKept().Select(ban => int.Parse(ban.Target.ToString().Split('.', '/')[3], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task SaveThenOpen_UnderAWrongClock_LosesNone()
    {
        using var folder = new BanFolder();
        _bans.Add(Target(1), TimeSpan.FromDays(7));
        _bans.Add(Target(2), TimeSpan.FromDays(800));
        _clock.Now = Start.AddDays(400);
        await BanListFile.SaveAsync(_bans, folder.File, TestContext.Current.CancellationToken);
        var other = new BanList(new BanListOptions { TimeProvider = _clock, IsClockTrusted = () => false });
        var loaded = await BanListFile.OpenIntoAsync(other, folder.File, TestContext.Current.CancellationToken);

        Assert.Equal(0, loaded.RejectedCount);
        Assert.Equal(Target(2), Assert.Single(other.GetBans()).Target);
        Assert.Equal(2, other.GetKept().Length);
        _clock.Now = Start;
        Assert.Equal(2, other.GetBans().Length);
    }

    /// <summary>Whatever the clock does: a ban that was not taken back holds exactly while the clock is before its end.</summary>
    [Fact]
    public void AnyClock_ABanHoldsBeforeItsEnd() => Gen.Select(Gen.Int[0, 3], Gen.Int[1, 4], Gen.Int[0, 1000]).Array[1, 40].Sample(steps =>
    {
        var clock = new Clock();
        var bans = new BanList(new BanListOptions { TimeProvider = clock, IsClockTrusted = () => false });
        var model = new Dictionary<int, DateTimeOffset>();
        foreach (var (what, host, days) in steps)
        {
            if (what == 0)
                clock.Now = Start.AddDays(days);
            else if (what == 1 && bans.Add(Target(host), TimeSpan.FromDays(days + 1)) is BanOutcome.Added or BanOutcome.Extended)
                model[host] = clock.Now.AddDays(days + 1);
            else if (what == 2)
                _ = bans.GetBans();
            else if (what == 3)
                _ = bans.Remove(Target(host)) | model.Remove(host);
        }

        for (var host = 1; host <= 4; host++)
        {
            if (bans.IsBanned(Address(host)) != (model.TryGetValue(host, out var until) && clock.Now < until))
                return false;
        }

        return true;
    });

    private static Ban Ban(int host) => new(Target(host), Start, Start.AddDays(7));

    private static BanTarget Target(int host) => new(Address(host));

    private static NetworkAddress Address(int host) => NetworkAddress.Parse($"192.0.2.{host}");

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
