using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public class BanListTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly BanList _bans;
    private readonly List<string> _changes = [];

    public BanListTests()
    {
        _bans = new BanList(new BanListOptions { TimeProvider = _clock, MaxCount = 6, MaxByMisbehavior = 2 });
        _bans.Changed += (_, change) => _changes.Add($"{change.Kind} {string.Join(' ', change.Bans.Select(ban => ban.Target.ToString()))}");
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    [Fact]
    public void Add_WithoutDuration_HoldsFor24Hours_T51()
    {
        Assert.Equal(BanOutcome.Added, _bans.Add(Target("1.2.3.4")));

        Assert.True(_bans.TryFind(Address("1.2.3.4"), out var ban));
        Assert.Equal((Now, Now + TimeSpan.FromSeconds(86_400), BanCause.Manual), (ban.Created, ban.Until, ban.Cause));
        _clock.Advance(TimeSpan.FromSeconds(86_399));
        Assert.True(_bans.IsBanned(Address("1.2.3.4")));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_bans.IsBanned(Address("1.2.3.4")));
    }

    [Fact]
    public void Add_WithinASecond_CountsInWholeSeconds()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(900));
        _bans.Add(Target("1.2.3.4"), TimeSpan.FromSeconds(1.5));

        Assert.True(_bans.TryGet(Target("1.2.3.4"), out var ban));
        Assert.Equal((0, 0), (ban.Created.Millisecond, ban.Until.Millisecond));
        Assert.Equal(TimeSpan.FromSeconds(1), ban.Until - ban.Created);
    }

    [Fact]
    public void Add_AbsoluteTimePast_IsOver_T52()
    {
        Assert.Equal(BanOutcome.AlreadyExpired, _bans.Add(new Ban(Target("1.2.3.4"), Now, Now)));
        Assert.Empty(_changes);
        Assert.Equal(BanOutcome.Added, _bans.Add(new Ban(Target("1.2.3.4"), Now, Now + TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void Add_Forever_EndsWithTheCalendar()
    {
        _bans.Add(Target("1.2.3.4"), TimeSpan.MaxValue);

        Assert.True(_bans.TryGet(Target("1.2.3.4"), out var ban));
        Assert.Equal(9999, ban.Until.Year);
    }

    [Fact]
    public void Add_Shorter_NeverReplacesALongerOne()
    {
        _bans.Add(Target("1.2.3.4"), TimeSpan.FromHours(2), comment: "long");

        Assert.Equal(BanOutcome.AlreadyBanned, _bans.Add(Target("1.2.3.4"), TimeSpan.FromHours(1), comment: "short"));
        Assert.Equal(BanOutcome.AlreadyBanned, _bans.Add(Target("1.2.3.4"), TimeSpan.FromHours(2), comment: "as long"));
        Assert.True(_bans.TryGet(Target("1.2.3.4"), out var ban));
        Assert.Equal((TimeSpan.FromHours(2), "long"), (ban.Until - ban.Created, ban.Comment));

        Assert.Equal(BanOutcome.Extended, _bans.Add(Target("1.2.3.4"), TimeSpan.FromHours(3), comment: "longer"));
        Assert.True(_bans.TryGet(Target("1.2.3.4"), out ban));
        Assert.Equal("longer", ban.Comment);
        Assert.Equal(["Added 1.2.3.4/32", "Added 1.2.3.4/32"], _changes);
    }

    [Fact]
    public void TryFind_NestedSubnets_GivesTheSmallestThatHolds()
    {
        _bans.Add(Target("1.0.0.0/8"), TimeSpan.FromHours(9));
        _bans.Add(Target("1.2.0.0/16"), TimeSpan.FromHours(1));
        _bans.Add(Target("1.2.3.4"), TimeSpan.FromHours(5));

        Assert.Equal("1.2.3.4/32", Found("1.2.3.4"));
        Assert.Equal("1.2.0.0/16", Found("1.2.3.5"));
        Assert.Equal("1.0.0.0/8", Found("1.3.0.0"));
        Assert.Null(Found("2.0.0.0"));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("1.0.0.0/8", Found("1.2.3.5"));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.1.1")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fc00::1")]
    public void Add_AddressThatIsNotRoutable_IsBannedAllTheSame(string address)
    {
        _bans.Add(Target(address));

        Assert.True(_bans.IsBanned(Address(address)));
        Assert.True(_bans.TryFind(new IPEndPoint(IPAddress.Parse(address), 8333), out _));
    }

    [Fact]
    public void TryFind_EndPoints_OfEveryForm()
    {
        _bans.Add([Ban("1.2.3.0/24"), Ban(Onion), Ban("fc00::1")]);

        Assert.True(_bans.TryFind(new IPEndPoint(IPAddress.Parse("::ffff:1.2.3.4"), 1), out _));
        Assert.True(_bans.TryFind(new DnsEndPoint("1.2.3.4", 1), out _));
        Assert.True(_bans.TryFind(new DnsEndPoint(Onion, 8333), out _));
        Assert.True(_bans.IsBanned(Address("fc00::1").ToCjdns()));
        Assert.False(_bans.TryFind(new DnsEndPoint("node.example", 8333), out _));
        Assert.False(_bans.TryFind((EndPoint?)null, out _));
    }

    [Fact]
    public void Remove_OfExactlyThis_LeavesOthers_T52()
    {
        _bans.Add([Ban("127.0.0.0/24"), Ban("127.0.0.1")]);
        _changes.Clear();

        Assert.False(_bans.Remove(Target("127.0.0.2")));
        Assert.False(_bans.Remove(Target("127.0.0.0/25")));
        Assert.True(_bans.Remove(Target("127.0.0.0/255.255.255.0")));
        Assert.False(_bans.Remove(Target("127.0.0.0/24")));
        Assert.False(_bans.IsBanned(Address("127.0.0.2")));
        Assert.True(_bans.IsBanned(Address("127.0.0.1")));
        Assert.Equal(["Removed 127.0.0.0/24"], _changes);
    }

    [Fact]
    public void Remove_OneThatHasEnded_WasNotBanned()
    {
        _bans.Add(Target("1.2.3.4"), TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(_bans.TryGet(Target("1.2.3.4"), out _));
        Assert.False(_bans.Remove(Target("1.2.3.4")));
        Assert.Equal(["Added 1.2.3.4/32", "Expired 1.2.3.4/32"], _changes);
    }

    [Fact]
    public void Clear_TakesBackAll_AndTellsOnce()
    {
        _bans.Add([Ban("1.2.3.4"), Ban("1.2.3.5"), Ban("1::/32")]);
        _changes.Clear();

        Assert.Equal(3, _bans.Clear());
        Assert.Equal(0, _bans.Clear());
        Assert.False(_bans.IsBanned(Address("1.2.3.4")));
        Assert.False(_bans.IsBanned(Address("1::1")));
        Assert.StartsWith("Removed ", Assert.Single(_changes), StringComparison.Ordinal);
    }

    [Fact]
    public void GetBans_AreInBitcoinCoresOrder_T51()
    {
        string[] expected = ["127.0.0.0/24", "127.0.0.0/32", "192.168.0.2/32", "1::/19", Onion, "AS7"];
        foreach (var text in expected.Reverse())
            _bans.Add(Target(text));

        Assert.Equal(expected, _bans.GetBans().Select(ban => ban.Target.ToString()), StringComparer.Ordinal);
    }

    [Fact]
    public void GetBans_EndedOnes_AreSweptOutAndTold()
    {
        _bans.Add(Target("1.2.3.4"), TimeSpan.FromSeconds(10));
        _bans.Add(Target("1.2.3.5"), TimeSpan.FromSeconds(5));
        _bans.Add(Target("1.2.3.5"), TimeSpan.FromSeconds(20));
        _changes.Clear();
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("1.2.3.5/32", Assert.Single(_bans.GetBans()).Target.ToString());
        Assert.Equal(1, _bans.Count);
        Assert.Equal(["Expired 1.2.3.4/32"], _changes);
    }

    [Fact]
    public void Add_ListFull_TakesNoMoreUntilSomeEnd()
    {
        for (var i = 0; i < 6; i++)
            Assert.Equal(BanOutcome.Added, _bans.Add(Target($"1.2.3.{i}"), TimeSpan.FromMinutes(1 + i)));

        Assert.Equal(BanOutcome.ListFull, _bans.Add(Target("1.2.4.1")));
        Assert.Equal(BanOutcome.Extended, _bans.Add(Target("1.2.3.5"), TimeSpan.FromHours(1)));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(BanOutcome.Added, _bans.Add(Target("1.2.4.1")));
    }

    [Fact]
    public void Add_ForMisbehavior_LeavesPlacesForOthers()
    {
        Assert.Equal(BanOutcome.Added, _bans.Add(Target("1.2.3.1"), TimeSpan.FromHours(1), BanCause.Misbehavior));
        Assert.Equal(BanOutcome.Added, _bans.Add(Target("1.2.3.2"), cause: BanCause.Misbehavior));
        Assert.Equal(BanOutcome.ListFull, _bans.Add(Target("1.2.3.3"), cause: BanCause.Misbehavior));
        Assert.Equal(BanOutcome.Added, _bans.Add(Target("1.2.3.3"), TimeSpan.FromMinutes(1)));
        Assert.Equal(BanOutcome.ListFull, _bans.Add(Target("1.2.3.3"), cause: BanCause.Misbehavior));
        Assert.Equal(BanOutcome.Extended, _bans.Add(Target("1.2.3.1"), cause: BanCause.Misbehavior));
        _bans.Remove(Target("1.2.3.1"));
        Assert.Equal(BanOutcome.Extended, _bans.Add(Target("1.2.3.3"), cause: BanCause.Misbehavior));
    }

    [Fact]
    public void TryFind_AutonomousSystem_IsAskedForLast()
    {
        var asked = 0;
        var bans = new BanList(new BanListOptions
        {
            TimeProvider = _clock,
            GetAutonomousSystem = address =>
            {
                asked++;
                return address == Address("1.2.3.4") ? 7u : 0;
            },
        });
        Assert.False(bans.IsBanned(Address("1.2.3.4")));
        Assert.Equal(0, asked);

        bans.Add(BanTarget.FromAutonomousSystem(7), TimeSpan.FromHours(1));
        Assert.True(bans.TryFind(Address("1.2.3.4"), out var ban));
        Assert.Equal("AS7", ban.Target.ToString());
        Assert.False(bans.IsBanned(Address("1.2.3.5")));
        Assert.Equal(2, asked);

        bans.Add(Target("1.2.0.0/16"));
        Assert.True(bans.TryFind(Address("1.2.3.4"), out ban));
        Assert.Equal(("1.2.0.0/16", 2), (ban.Target.ToString(), asked));
        bans.Remove(Target("1.2.0.0/16"));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False(bans.IsBanned(Address("1.2.3.4")));
    }

    [Fact]
    public void TryFind_AutonomousSystemWithoutAMap_MatchesNothing()
    {
        _bans.Add(BanTarget.FromAutonomousSystem(7));

        Assert.False(_bans.IsBanned(Address("1.2.3.4")));
        Assert.True(_bans.TryGet(BanTarget.FromAutonomousSystem(7), out _));
    }

    [Fact]
    public void Changed_HandlerThatChangesTheList_IsNoDeadlock()
    {
        _bans.Changed += (_, change) => _bans.Remove(change.Bans[0].Target);

        _bans.Add(Target("1.2.3.4"));

        Assert.Equal(["Added 1.2.3.4/32", "Removed 1.2.3.4/32"], _changes);
    }

    [Fact]
    public void Add_CommentThatDoesHarm_IsMadeHarmless()
    {
        _bans.Add(Target("1.2.3.4"), comment: $" line\nline\u001b[2J \ud800x{new string('y', 500)} ");

        Assert.True(_bans.TryGet(Target("1.2.3.4"), out var ban));
        Assert.StartsWith("line?line?[2J ?xyyy", ban.Comment, StringComparison.Ordinal);
        Assert.Equal(Connmgr.Ban.MaxCommentLength, ban.Comment!.Length);
    }

    [Fact]
    public void Add_NothingOrNoTime_Throws()
    {
        Assert.Throws<ArgumentException>(() => _bans.Add(default(BanTarget)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _bans.Add(Target("1.2.3.4"), TimeSpan.Zero));
        Assert.Throws<ArgumentException>(() => _bans.Add([Ban("1.2.3.4"), new Ban(default, Now, Now + TimeSpan.FromHours(1))]));
        Assert.Throws<ArgumentException>(() => _bans.Add([Ban("1.2.3.4"), null!]));
        Assert.Equal(0, _bans.Count);
    }

    public static TheoryData<string, Action<BanListOptions>> NotValid => new()
    {
        { "TimeProvider", options => options.TimeProvider = null! },
        { "DefaultDuration", options => options.DefaultDuration = TimeSpan.Zero },
        { "MaxCount", options => options.MaxCount = 0 },
        { "MaxByMisbehavior", options => options.MaxByMisbehavior = -1 },
    };

    [Theory]
    [MemberData(nameof(NotValid), DisableDiscoveryEnumeration = true)]
    public void Constructor_OptionNotValid_NamesIt(string option, Action<BanListOptions> configure)
    {
        var options = new BanListOptions();
        configure(options);

        Assert.Contains($" {option} is ", Assert.Throws<ArgumentException>(() => new BanList(options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AS1", "AS1")]
    [InlineData("as4294967295", "AS4294967295")]
    [InlineData("1.2.3.4", "1.2.3.4/32")]
    public void Target_Parse_Reads(string text, string printed) => Assert.Equal(printed, BanTarget.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("AS")]
    [InlineData("AS0")]
    [InlineData("AS-1")]
    [InlineData("AS4294967296")]
    [InlineData("127.0.0.1/42")]
    [InlineData("aaaaaaaaa")]
    public void Target_Parse_Refuses_T52(string text) =>
        Assert.Contains("cannot be banned", Assert.Throws<FormatException>(() => BanTarget.Parse(text)).Message, StringComparison.Ordinal);

    private static BanTarget Target(string text) => BanTarget.Parse(text);

    private static NetworkAddress Address(string text) => NetworkAddress.Parse(text);

    private Ban Ban(string text) => new(Target(text), Now, Now + TimeSpan.FromHours(1));

    private string? Found(string address) => _bans.TryFind(Address(address), out var ban) ? ban.Target.ToString() : null;
}
