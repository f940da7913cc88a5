using System.Net;
using Connmgr.Bitcoin;
using CsCheck;
using Spectre.Console;

namespace Connmgr.Tool.Tests;

public sealed class LiveViewTests
{
    [Fact]
    public void Paint_AnySize_FitsTheScreen() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 80], Gen.Int[0, 60], Gen.Int[0, 40]).Sample((width, height, peers, dials) =>
        {
            var lines = Screens.WithoutSequences(Frame(State(peers, dials, "/漢[bold]字[/]:1.0/"), width, height)).Split("\r\n");
            return lines.Length <= height && lines.All(line => line.GetCellWidth() < Math.Max(width, 2));
        });

    [Fact]
    public void Paint_Peer_ShowsEveryColumn()
    {
        var text = Screens.WithoutSequences(Frame(State(1, 1, "/[red]Satoshi[/]:29.1.0/"), 120, 40));
        var row = text.Split("\r\n").Single(line => line.Contains("Satoshi", StringComparison.Ordinal));
        foreach (var cell in new[] { "100", "1.2.3.0:8333", "out", "automatic", "1m 05s", "900000", "42 ms", "/[red]Satoshi[/]:29.1.0/" })
            Assert.Contains($" {cell}", row, StringComparison.Ordinal);
        Assert.Contains("sandbox", text, StringComparison.Ordinal);
        Assert.Contains("automatic 1/8", text, StringComparison.Ordinal);
        Assert.Contains("up 2h 14m", text, StringComparison.Ordinal);
        Assert.Contains("handshake", text, StringComparison.Ordinal);
        Assert.Contains("12:34:56  failed [bold]", text, StringComparison.Ordinal);
    }

    /// <summary>Expects that a narrow terminal leaves out whole columns, the least important first, and cuts off only the last cell.</summary>
    [Theory]
    [InlineData(30, "Address Dir", "1.2.3.0:8333 out")]
    [InlineData(40, "Address Dir Ping", "1.2.3.0:8333 out 42 ms")]
    [InlineData(50, "Address Dir Age Ping", "1.2.3.0:8333 out 1m 05s 42 ms")]
    [InlineData(60, "Id Address Dir Kind Age Ping", "100 1.2.3.0:8333 out automatic 1m 05s 42 ms")]
    [InlineData(70, "Id Address Dir Kind Age Height Ping", "100 1.2.3.0:8333 out automatic 1m 05s 900000 42 ms")]
    [InlineData(80, "Id Address Dir Kind Age Height Ping User agent", "100 1.2.3.0:8333 out automatic 1m 05s 900000 42 ms /a/")]
    public void Paint_NarrowTerminal_LeavesColumnsOut(int width, string head, string row)
    {
        var lines = Screens.WithoutSequences(Frame(State(1, 1, "/a/"), width, 24)).Split("\r\n").Select(Words).ToList();
        Assert.Contains(head, lines, StringComparer.Ordinal);
        Assert.Contains(row, lines, StringComparer.Ordinal);
        Assert.Contains("12:34:56 failed [bold]", lines, StringComparer.Ordinal);
        var dial = Assert.Single(lines, line => line.Contains("127.0.0.1:1", StringComparison.Ordinal));
        Assert.DoesNotContain('…', dial);

        static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData(3, false, false, false)]
    [InlineData(6, true, false, false)]
    [InlineData(9, true, true, false)]
    [InlineData(12, true, true, true)]
    public void Paint_LowTerminal_KeepsThePeers(int height, bool hasHead, bool hasEvents, bool hasDials)
    {
        var text = Screens.WithoutSequences(Frame(State(1, 1, "/a/"), 100, height));
        Assert.Equal((height > 3, hasHead, hasEvents, hasDials), (Has("1.2.3.0:8333"), Has("User agent"), Has("12:34:56"), Has("Dials in flight")));

        bool Has(string what) => text.Contains(what, StringComparison.Ordinal);
    }

    [Fact]
    public void Paint_TerminalOfAsciiAlone_IsAsciiOfTheSameWidth()
    {
        foreach (var width in new[] { 40, 61, 100 })
        {
            var plain = Frame(State(3, 2, "/漢字é…/"), width, 20).Split("\r\n");
            var ascii = Frame(State(3, 2, "/漢字é…/"), width, 20, isUnicode: false).Split("\r\n");
            Assert.All(ascii, line => Assert.True(System.Text.Ascii.IsValid(line), line));
            Assert.Equal(plain.Select(line => Screens.WithoutSequences(line).GetCellWidth()), ascii.Select(line => Screens.WithoutSequences(line).GetCellWidth()));
        }
    }

    [Fact]
    public void Paint_MorePeersThanRoom_SaysHowMany()
    {
        var text = Screens.WithoutSequences(Frame(State(60, 0, "/a/"), 120, 30));
        var shown = text.Split("/a/").Length - 1;
        Assert.Contains($"and {60 - shown} more", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Paint_Facts_TellsOfBookBansSeedsAndOurOnionAddress()
    {
        var onion = NetworkEndPoint.Parse("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333");
        var external = new ExternalAddresses();
        external.Add(onion, ExternalAddressOrigin.Onion);
        var state = State(1, 0, "/a/") with
        {
            Facts = new RunFacts
            {
                ExternalAddresses = external.All,
                Book = [new AddressBookCount(AddressNetwork.IPv4, 1000, 34), new AddressBookCount(AddressNetwork.TorV3, 200, 1)],
                Bans = 7,
                Seeds = [new SeedOutcome(new(SeedKind.Dns, "a"), 1, default), new SeedOutcome(new(SeedKind.Dns, "b") { Failure = SeedFailure.Timeout }, 1, default)],
                Tor = new TorState { IsConnected = true, OnionService = onion },
            },
        };
        var text = Screens.WithoutSequences(Frame(state, 160, 40));
        Assert.Contains($"addresses 1235 (35 tried)  bans 7  seeds 1/2  reachable at {onion}", text, StringComparison.Ordinal);
        Assert.Contains("I2P not connected", Screens.WithoutSequences(Frame(state with { Facts = new RunFacts { I2P = new I2PState() } }, 160, 40)), StringComparison.Ordinal);
        Assert.Contains("Tor not connected", Screens.WithoutSequences(Frame(state with { Facts = new RunFacts { Tor = new TorState() } }, 160, 40)), StringComparison.Ordinal);
    }

    /// <summary>Expects that the URL of the dashboard stays complete where there is room for it, while events scroll.</summary>
    [Fact]
    public void Paint_ADashboard_KeepsItsLink()
    {
        var link = $"http://127.0.0.1:8555/#token={new string('x', 43)}";
        var state = State(20, 3, "/a/");
        state = state with { Info = state.Info with { DashboardLink = link } };
        foreach (var (width, height, isShown) in new[] { (80, 24, true), (200, 16, true), (80, 15, false) })
        {
            var lines = Screens.WithoutSequences(Frame(state, width, height)).Split("\r\n");
            Assert.Equal(isShown, lines.Contains($"  {link}", StringComparer.Ordinal));
            Assert.InRange(lines.Length, 2, height);
        }
    }

    [Fact]
    public void Paint_SameFrame_WritesNothing()
    {
        using var writer = new StringWriter();
        using var screen = new TerminalScreen(Screens.Terminal(writer, 80, 24));
        var state = State(3, 1, "/a/");
        screen.Paint((width, height) => LiveView.Render(state, width, height));
        var length = writer.ToString().Length;
        screen.Paint((width, height) => LiveView.Render(state, width, height));
        Assert.Equal(length, writer.ToString().Length);
    }

    [Fact]
    public void Dispose_AfterPaint_GivesTheTerminalBackOnce()
    {
        using var writer = new StringWriter();
        var screen = new TerminalScreen(Screens.Terminal(writer, 80, 24));
        screen.Paint((width, height) => LiveView.Render(State(0, 0, string.Empty), width, height));
        screen.Dispose();
        screen.Dispose();
        Assert.EndsWith("\e[?7h\e[?25h\e[?1049l", writer.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, writer.ToString().Split("\e[?1049l").Length);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(65, "1m 05s")]
    [InlineData(8040, "2h 14m")]
    [InlineData(1_047_600, "12d 03h")]
    public void Of_Duration_IsShort(double seconds, string expected) =>
        Assert.Equal(expected, ShortDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void For_AnyHeight_SharesItOut() => Gen.Select(Gen.Int[0, 200], Gen.Int[0, 1000], Gen.Bool).Sample((height, peers, hasLink) =>
    {
        var plan = ScreenPlan.For(height, peers, hasLink);
        return plan is { Peers: >= 0, Dials: >= 0, Events: >= 0 }
            && plan.Peers + plan.Dials + plan.Events == Math.Max(height - plan.FixedLines, 0)
            && (plan.HasDials || plan.Dials == 0)
            && (plan.HasEvents ? plan.Events > 0 : plan.Events == 0)
            && (height <= plan.FixedLines || peers == 0 || plan.Peers > 0);
    });

    private static string Frame(LiveState state, int width, int height, bool isUnicode = true)
    {
        using var writer = new StringWriter();
        var terminal = Screens.Terminal(writer, width, height);
        terminal.Profile.Capabilities.Unicode = isUnicode;
        using (var screen = new TerminalScreen(terminal))
            screen.Paint((columns, lines) => LiveView.Render(state, columns, lines));
        return writer.ToString();
    }

    private static LiveState State(int peers, int dials, string userAgent) => new()
    {
        Info = new RunInfo("sandbox", 8, [new DnsEndPoint("node.example", 8333)], static () => [new IPEndPoint(IPAddress.Any, 8333)], 117),
        Target = 8,
        Permanent = 1,
        MaxInbound = 117,
        Uptime = new TimeSpan(2, 14, 3),
        AutomaticConnected = peers,
        FailedByCause = "3 timeout",
        Peers =
        [
            .. Enumerable.Range(0, peers).Select(i => new LivePeer(
                new PeerDetails(
                    100 + i,
                    $"1.2.3.{i}:8333",
                    ConnectionDirection.Outbound,
                    ConnectionKind.Automatic,
                    PeerPurpose.Automatic,
                    Group: null,
                    IsOnion: false,
                    userAgent,
                    "0000000000000409",
                    900_000,
                    70016,
                    "v2",
                    new('a', 64),
                    TimeSpan.FromMilliseconds(42)),
                TimeSpan.FromSeconds(65))),
        ],
        Attempts =
        [
            .. Enumerable.Range(0, dials).Select(i => new AttemptSnapshot(
                i, ConnectionKind.Automatic, new IPEndPoint(IPAddress.Loopback, 1 + i), ConnectPhase.Handshake, TimeSpan.FromSeconds(1))),
        ],
        Events = [new EventLine(new DateTimeOffset(2026, 1, 1, 12, 34, 56, TimeSpan.Zero), EventTone.Failed, "failed [bold]")],
    };
}
