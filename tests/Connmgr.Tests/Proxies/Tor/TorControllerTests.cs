using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public sealed class TorControllerTests : IDisposable
{
    private static readonly IPEndPoint Control = new(IPAddress.Loopback, 9051);
    private static readonly IPEndPoint Target = new(IPAddress.Loopback, 8334);

    private readonly FakeTimeProvider _clock = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-");
    private readonly ConcurrentQueue<TorState> _states = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_folder.FullName, "keys", "onion_v3_private_key");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task RunAsync_OfASession_SendsTheCommandsInOrder_T59()
    {
        var tor = new FakeTor();
        await using var run = Run(tor, Options());

        var state = await run.UntilAsync(state => state.IsConnected);

        Assert.Equal(
            [
                "PROTOCOLINFO 1", "AUTHENTICATE", "GETINFO net/listeners/socks", "SETEVENTS HS_DESC",
                "ADD_ONION NEW:ED25519-V3 PoWDefensesEnabled=1 Port=8333,127.0.0.1:8334",
            ],
            tor.Commands);
        Assert.Equal("0.4.9.11", state.Version);
        Assert.Equal("127.0.0.1:9150", ProxyEndPoint.Format(state.SocksProxy!));
        Assert.Equal(8333, state.OnionService!.Value.Port);
        Assert.Equal(AddressNetwork.TorV3, state.OnionService.Value.Address.Network);
        Assert.False(state.IsOnionServicePublished);
        Assert.Null(state.Failure);
    }

    [Fact]
    public async Task RunAsync_WhateverPiecesTorSends_ReadsTheSame() =>
        await Gen.Int[1, 7].Array[1, 8].SampleAsync(
            async pieces =>
            {
                var next = 0;
                var tor = new FakeTor { PieceSize = () => pieces[next++ % pieces.Length] };
                await using var run = Run(tor, Options());

                var state = await run.UntilAsync(state => state.IsConnected);

                Assert.Equal("127.0.0.1:9150", ProxyEndPoint.Format(state.SocksProxy!));
                Assert.NotNull(state.OnionService);
            },
            iter: 100);

    [Theory]
    [InlineData("NULL", "AUTHENTICATE")]
    [InlineData("NULL,SAFECOOKIE", "AUTHENTICATE")]
    [InlineData("COOKIE,SAFECOOKIE", "AUTHCHALLENGE SAFECOOKIE ")]
    [InlineData("SAFECOOKIE,HASHEDPASSWORD", "AUTHCHALLENGE SAFECOOKIE ")]
    public async Task RunAsync_WithoutPassword_AuthenticatesByTheBestThatTorTakes(string methods, string expected)
    {
        var cookieFile = Path.Combine(_folder.FullName, "a \"cookie\\");
        var cookie = new FakeTor().Cookie;
        await File.WriteAllBytesAsync(cookieFile, cookie, Token);
        var tor = new FakeTor { Methods = methods, CookieFile = cookieFile, Instead = command => methods.StartsWith("NULL", StringComparison.Ordinal) && command is "AUTHENTICATE" ? "250 OK\r\n" : null };
        await using var run = Run(tor, Options());

        await run.UntilAsync(state => state.IsConnected);

        Assert.StartsWith(expected, tor.Commands[1], StringComparison.Ordinal);
        if (expected.StartsWith("AUTHCHALLENGE", StringComparison.Ordinal))
            Assert.DoesNotContain(tor.Commands, command => command.Contains(Convert.ToHexString(cookie), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_ACookieInAFolderOfAnotherScript_IsFound(bool isEscaped)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "zażółć 東京"));
        var cookieFile = Path.Combine(folder.FullName, "cookie");
        await File.WriteAllBytesAsync(cookieFile, new FakeTor().Cookie, Token);

        // Tor writes the bytes of the path, those beyond ASCII in octal.
        var bytes = Encoding.UTF8.GetBytes(cookieFile);
        var shown = isEscaped ? string.Concat(bytes.Select(static one => one < 0x80 ? $"{(char)one}" : $"\\{Convert.ToString(one, 8)}")) : Encoding.Latin1.GetString(bytes);
        var tor = new FakeTor
        {
            Methods = "SAFECOOKIE",
            Instead = command => command.StartsWith("PROTOCOLINFO", StringComparison.Ordinal)
                ? $"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"{shown}\"\r\n250 OK\r\n"
                : null,
        };
        await using var run = Run(tor, Options());

        var state = await run.UntilAsync(static state => state.IsConnected || state.Failure is not null);

        Assert.Null(state.Failure);
    }

    [Theory]
    [InlineData("COOKIE", "give a password (HashedControlPassword)")]
    [InlineData("COOKIE,HASHEDPASSWORD", "give the password")]
    public async Task RunAsync_ATorThatOffersThePlainCookieAlone_IsSentNoFile(string methods, string remedy)
    {
        var tor = new FakeTor { Methods = methods, CookieFile = await WriteCookieAsync() };
        await using var run = Run(tor, Options());

        var state = await run.UntilAsync(static state => state.IsConnected || state.Failure is not null);

        Assert.Equal(["PROTOCOLINFO 1"], tor.Commands);
        Assert.Contains("nothing was sent", state.Failure, StringComparison.Ordinal);
        Assert.Contains(remedy, state.Failure, StringComparison.Ordinal);
        Assert.Contains("allow the plain cookie", state.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COOKIE", "AUTHENTICATE 0102")]
    [InlineData("COOKIE,SAFECOOKIE", "AUTHCHALLENGE SAFECOOKIE ")]
    public async Task RunAsync_WithThePlainCookieAllowed_SendsItWhereNothingBetterIsOffered(string methods, string expected)
    {
        var tor = new FakeTor { Methods = methods, CookieFile = await WriteCookieAsync() };
        var options = Options();
        options.AllowPlainCookie = true;
        await using var run = Run(tor, options);

        await run.UntilAsync(static state => state.IsConnected);

        Assert.StartsWith(expected, tor.Commands[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("short")]
    public async Task RunAsync_WhateverFileIsNamed_SendsTheSameBeforeTheProof(string cookieFile)
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "short"), new byte[31], Token);
        var tor = new FakeTor { Methods = "SAFECOOKIE", CookieFile = Path.Combine(_folder.FullName, cookieFile) };
        await using var run = Run(tor, Options());

        await run.UntilAsync(static state => state.Failure is not null);

        Assert.Equal(2, tor.Commands.Count); // As for a file of 32 bytes that is another than Tor's.
        Assert.StartsWith("AUTHCHALLENGE", tor.Commands[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_APasswordBeyondAscii_IsSentAsTorHashedIt()
    {
        const string password = "zażółć é";
        var tor = new FakeTor { Methods = "HASHEDPASSWORD", QuotedPassword = $"\"{Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(password))}\"" };
        var options = Options();
        options.Password = password;
        await using var run = Run(tor, options);

        var state = await run.UntilAsync(static state => state.IsConnected || state.Failure is not null);

        Assert.Null(state.Failure);
    }

    [Fact]
    public async Task RunAsync_WithPassword_SendsItQuoted()
    {
        var tor = new FakeTor { Methods = "NULL,SAFECOOKIE,HASHEDPASSWORD", QuotedPassword = "\"a \\\"b\\\\c\"" };
        var options = Options();
        options.Password = "a \"b\\c";
        await using var run = Run(tor, options);

        await run.UntilAsync(state => state.IsConnected);

        Assert.Equal("AUTHENTICATE \"a \\\"b\\\\c\"", tor.Commands[1]);
    }

    [Theory]
    [InlineData("SAFECOOKIE", null, "secret", "takes none")]
    [InlineData("HASHEDPASSWORD", null, "wrong", "refused to authenticate us: 515")]
    [InlineData("HASHEDPASSWORD", null, null, "wants a password (HashedControlPassword): set Password, or --tor-password-file of connmgr")]
    [InlineData("OTHER", null, null, "but OTHER")]
    [InlineData("SAFECOOKIE", null, null, "does not say where")]
    [InlineData("SAFECOOKIE", "missing", null, "is not there")]
    [InlineData("SAFECOOKIE", "short", null, "31 bytes")]
    [InlineData("SAFECOOKIE", "long", null, "more than 32 bytes")]
    public async Task RunAsync_WhenItCannotAuthenticate_SaysWhy_AndSendsNoSecret(string methods, string? cookieFile, string? password, string expected)
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "short"), new byte[31], Token);
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "long"), new byte[33], Token);
        var tor = new FakeTor { Methods = methods, CookieFile = cookieFile is null ? null : Path.Combine(_folder.FullName, cookieFile) };
        var options = Options();
        options.Password = password;
        await using var run = Run(tor, options);

        var state = await run.UntilAsync(state => state.Failure is not null);

        Assert.Contains(expected, state.Failure, StringComparison.Ordinal);
        Assert.False(state.IsConnected);
        if (cookieFile is not null)
            Assert.DoesNotContain(tor.Commands, command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_WhenTorDoesNotKnowTheCookie_TellsItNothing()
    {
        var cookieFile = Path.Combine(_folder.FullName, "cookie");
        await File.WriteAllBytesAsync(cookieFile, new byte[32], Token); // Another than the fake's.
        var tor = new FakeTor { Methods = "SAFECOOKIE", CookieFile = cookieFile };
        await using var run = Run(tor, Options());

        var state = await run.UntilAsync(state => state.Failure is not null);

        Assert.Contains("does not know Tor's cookie", state.Failure, StringComparison.Ordinal);
        Assert.Equal(2, tor.Commands.Count);
    }

    [Fact]
    public async Task RunAsync_WhenTorHasNoProofOfWork_TriesWithout_T59()
    {
        var tor = new FakeTor { KnowsProofOfWork = false };
        await using var run = Run(tor, Options());

        await run.UntilAsync(state => state.OnionService is not null);

        Assert.Equal("ADD_ONION NEW:ED25519-V3 Port=8333,127.0.0.1:8334", tor.Commands[^1]);
    }

    [Theory]
    [InlineData("\"127.0.0.1:9050\"", "127.0.0.1:9050")]
    [InlineData("\"unix:/run/tor/socks\"", "unix:/run/tor/socks")]
    [InlineData("\"[::1]:9050\" \"127.0.0.2:9051\"", "127.0.0.2:9051")]
    [InlineData("", "127.0.0.1:9050")]
    [InlineData("\"unterminated", "127.0.0.1:9050")]
    public async Task RunAsync_ByListeners_FindsTheProxy(string listeners, string expected)
    {
        await using var run = Run(new FakeTor { Socks = listeners }, Options());

        var state = await run.UntilAsync(state => state.IsConnected);

        Assert.Equal(expected, ProxyEndPoint.Format(state.SocksProxy!));
    }

    [Fact]
    public async Task RunAsync_WithKeyFile_KeepsTheAddressAcrossPrograms_AndTheKeyPrivate()
    {
        var tor = new FakeTor();
        NetworkEndPoint? first;
        await using (var run = Run(tor, Options()))
            first = (await run.UntilAsync(state => state.IsConnected)).OnionService;

        var key = await File.ReadAllTextAsync(KeyFile, Token);
        Assert.True(OnionKeyFile.IsKey(key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        await using (var run = Run(tor, Options()))
            Assert.Equal(first, (await run.UntilAsync(state => state.IsConnected)).OnionService);
        Assert.Contains($"ADD_ONION {key} ", tor.Commands[^1], StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ED25519-V3:AAAA")]
    [InlineData("ED25519-V3:AAAA\r\nSIGNAL HALT")]
    public async Task RunAsync_OfDamagedKeyFile_SetsItAsideAndBeginsANewOne(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);
        await File.WriteAllTextAsync(KeyFile, content, Token);
        var tor = new FakeTor();
        await using var run = Run(tor, Options());

        await run.UntilAsync(state => state.IsConnected);

        Assert.Equal(content, await File.ReadAllTextAsync(KeyFile + ".bad", Token));
        Assert.True(OnionKeyFile.IsKey(await File.ReadAllTextAsync(KeyFile, Token)));
        Assert.Contains("NEW:", tor.Commands[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_WhenTorRestarts_ServesTheSameAddressAgain(bool withKeyFile)
    {
        var tor = new FakeTor();
        var options = Options();
        if (!withKeyFile)
            options.OnionService!.KeyFile = null;
        await using var run = Run(tor, options);
        var first = await run.UntilAsync(state => state.IsConnected);

        tor.IsDown = true;
        tor.Connections[0].End();
        var down = await run.UntilAsync(state => !state.IsConnected);
        Assert.Null(down.OnionService);
        Assert.NotNull(down.Failure);
        tor.IsDown = false;
        var second = await AdvanceUntilAsync(run, state => state.IsConnected);

        Assert.Equal(first.OnionService, second.OnionService);
        Assert.Equal(2, second.Sessions);
        Assert.Null(second.Failure);
        Assert.Equal(1, tor.Connections[0].DisposeCount);
    }

    [Fact]
    public async Task RunAsync_WhenADirectoryHasTheService_SaysThatItIsPublished()
    {
        var tor = new FakeTor();
        await using var run = Run(tor, Options());
        var state = await run.UntilAsync(state => state.IsConnected);
        var id = state.OnionService!.Value.Address.ToString()[..^".onion".Length];

        tor.Connections[0].Send($"650 HS_DESC UPLOADED {id} UNKNOWN $AA\r\n");
        await run.UntilAsync(state => state.IsOnionServicePublished);

        // The one who waits may know of it before OnChanged does.
        await EventuallyAsync(() => _states.Any(seen => seen.IsOnionServicePublished));
        Assert.Equal(2, _states.Count);
    }

    [Fact]
    public async Task RunAsync_OfEventsOfOthers_DoesNotSayThatOursIsPublished()
    {
        var tor = new FakeTor();
        await using var run = Run(tor, Options());
        var state = await run.UntilAsync(state => state.IsConnected);
        var id = state.OnionService!.Value.Address.ToString()[..^".onion".Length];

        tor.Connections[0].Send($"650 HS_DESC UPLOADED other UNKNOWN x\r\n650 HS_DESC UPLOAD {id} x\r\n650 HS_DESC FAILED {id} x\r\n");
        tor.Connections[0].End();
        await run.UntilAsync(state => !state.IsConnected);

        Assert.DoesNotContain(_states, seen => seen.IsOnionServicePublished);
    }

    public static TheoryData<string> BadAnswers =>
    [
        "nonsense\r\n", "510 what\r\n", "250 " + new string('a', 100_001) + "\r\n", string.Concat(Enumerable.Repeat("250-a\r\n", 1_001)), "250 OK\r\n",
        "650 x\r\n250-AUTH METHODS=NULL\r\n251 OK\r\n",
    ];

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task RunAsync_OfBadAnswer_DisconnectsAndComesBack_T59(string answer)
    {
        var first = true;
        var tor = new FakeTor
        {
            Instead = _ =>
            {
                var bad = first;
                first = false;
                return bad ? answer : null;
            },
        };
        await using var run = Run(tor, Options());

        var state = await run.UntilAsync(state => state.Failure is not null);
        Assert.InRange(state.Failure!.Length, 1, 400);
        Assert.Equal(1, tor.Connections[0].DisposeCount);
        await AdvanceUntilAsync(run, state => state.IsConnected);
    }

    [Fact]
    public async Task RunAsync_OfAnyAnswers_NeverFails()
    {
        // What comes is sent at once, whatever is asked; then the connection ends. It begins well, so that every step is reached.
        string[] good =
        [
            "250-AUTH METHODS=NULL\r\n250 OK\r\n", "250 OK\r\n", "250-net/listeners/socks=\"127.0.0.1:9050\"\r\n250 OK\r\n", "250 OK\r\n",
            $"250-ServiceID={FakeTor.GetService("x")}\r\n250-PrivateKey={FakeTor.GetKey(1)}\r\n250 OK\r\n",
        ];
        var sessions = new ConcurrentDictionary<int, int>();
        var part = Gen.OneOf(
            [.. good.Select(Gen.Const), Gen.Const("250-ServiceID=x\r\n250 OK\r\n"), Gen.Const("650 HS_DESC UPLOADED x y\r\n"), Gen.Const("250+a\r\n"), Gen.String[0, 10]]);
        await Gen.Select(Gen.Int[0, 5], part.Array[0, 4], Gen.Int[1, 9]).SampleAsync(
            async (length, rest, piece) =>
            {
                var sent = false;
                var tor = new FakeTor
                {
                    PieceSize = () => piece,
                    Instead = _ => sent ? string.Empty : string.Concat([.. good[..length], .. rest]),
                    EndsNow = () => sent = true,
                };
                var options = Options();
                options.OnionService!.KeyFile = null;
                await using var run = Run(tor, options);

                var state = await run.UntilAsync(state => state.Failure is not null);

                Assert.False(state.IsConnected);
                sessions.AddOrUpdate(state.Sessions, 1, static (_, n) => n + 1);
            },
            iter: 2_000);

        Assert.Equal([0, 1], sessions.Keys.Order());
    }

    [Fact]
    public async Task RunAsync_OfSilentTor_GivesUpInTime()
    {
        var tor = new FakeTor { Instead = command => command is "AUTHENTICATE" ? string.Empty : null };
        await using var run = Run(tor, Options());
        await EventuallyAsync(() => tor.Commands.Count == 2);

        _clock.Advance(TimeSpan.FromSeconds(60));

        var state = await run.UntilAsync(state => state.Failure is not null);
        Assert.Contains("within", state.Failure, StringComparison.Ordinal);
        Assert.Equal(1, tor.Connections[0].DisposeCount);
    }

    [Fact]
    public async Task RunAsync_WhenStopped_EndsTheSessionAndCompletes()
    {
        var tor = new FakeTor();
        var run = Run(tor, Options());
        await run.UntilAsync(state => state.IsConnected);

        await run.DisposeAsync();

        Assert.Equal(1, tor.Connections[0].DisposeCount);
        Assert.False(run.Tor.State.IsConnected);
        Assert.Null(run.Tor.State.OnionService);
        Assert.Null(run.Tor.State.Failure);
        await Assert.ThrowsAsync<InvalidOperationException>(() => run.Tor.RunAsync(Token));
    }

    [Fact]
    public async Task RunAsync_WhenOnChangedThrows_GoesOn()
    {
        var options = Options();
        options.OnChanged = _ => throw new InvalidOperationException("a user's defect");
        await using var run = Run(new FakeTor(), options);

        await run.UntilAsync(state => state.IsConnected);
        Assert.True(run.Tor.State.IsConnected);
    }

    [Fact]
    public void Backoff_GrowsByHalf_UpToTheLongest_WithJitter() => Gen.Int.Sample(seed =>
    {
        var backoff = new RetryPauses(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(600), new Random(seed));
        var shares = new List<double>();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 30; i++)
            {
                var full = Math.Min(Math.Pow(1.5, i), 600);
                var pause = backoff.Next().TotalSeconds;
                Assert.InRange(pause, (full * 0.75) - 0.001, full + 0.001);
                shares.Add(pause / full);
            }

            backoff.Reset();
        }

        Assert.True(shares.Max() - shares.Min() > 0.1, "The pauses have no jitter.");
    });

    [Fact]
    public async Task RunAsync_WhenTorLetsInAndOut_ComesBackEverLater()
    {
        // Sessions that end at once, for an hour: 1 s, 1.5 s, ... up to 600 s between them.
        FakeTor? tor = null;
        tor = new FakeTor { EndsNow = () => tor!.Commands[^1].StartsWith("ADD_ONION", StringComparison.Ordinal) };
        var timers = new CountingTimeProvider(_clock);
        var options = Options();
        options.TimeProvider = timers;
        await using var run = Run(tor, options);
        for (var second = 0; second < 3_600; second += 5)
        {
            // Once the pause runs: the state alone says so before, and the hour would pass without a session.
            await EventuallyAsync(() => !run.Tor.State.IsConnected && run.Tor.State.Failure is not null && timers.Timers == 1);
            _clock.Advance(TimeSpan.FromSeconds(5));
        }

        // 21 by the pauses alone; each begins at a multiple of 5 s.
        Assert.InRange(run.Tor.State.Sessions, 5, 25);
    }

    [Fact]
    public void Constructor_OfBadOptions_SaysWhich()
    {
        foreach (var options in new TorControllerOptions[]
        {
            new() { Password = "a\r\nSIGNAL HALT" },
            new() { TimeProvider = null! },
            new() { SetupTimeout = TimeSpan.Zero },
            new() { RetryDuration = TimeSpan.Zero },
            new() { MaxRetryDuration = TimeSpan.FromMilliseconds(1) },
            new() { OnionService = new OnionServiceOptions() },
            new() { OnionService = new OnionServiceOptions { Target = new IPEndPoint(IPAddress.Loopback, 0) } },
            new() { OnionService = new OnionServiceOptions { Target = new DnsEndPoint("a", 1) } },
            new() { OnionService = new OnionServiceOptions { Target = Target, VirtualPort = 0 } },
            new() { OnionService = new OnionServiceOptions { Target = Target, KeyFile = "" } },
        })
        {
            Assert.Throws<ArgumentException>("options", () => new TorController(Control, options));
        }

        Assert.Throws<ArgumentNullException>("control", () => new TorController(null!));
    }

    [Fact]
    public async Task RunAsync_WithAChosenTarget_AsksForItEachTime_WithTheAddressByWhichTorWasReached()
    {
        var local = new IPEndPoint(IPAddress.Parse("192.168.1.5"), 40_000);
        var tor = new FakeTor { Ends = (local, new IPEndPoint(IPAddress.Parse("192.168.1.9"), 9051)) };
        var given = new ConcurrentQueue<IPAddress?>();
        await using var run = Run(tor, Choosing(address =>
        {
            given.Enqueue(address);
            return new IPEndPoint(address!, 8334);
        }));

        var state = await run.UntilAsync(static state => state.IsConnected);
        Assert.EndsWith("Port=8333,192.168.1.5:8334", tor.Commands[^1], StringComparison.Ordinal);
        Assert.Equal(new IPEndPoint(local.Address, 8334), state.OnionTarget);

        tor.Ends = (new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.5"), 40_000), tor.Ends!.Value.Tor); // This machine has moved.
        tor.Connections[0].End();
        Assert.Null((await run.UntilAsync(static state => !state.IsConnected)).OnionTarget);
        await AdvanceUntilAsync(run, static state => state.Sessions == 2);

        Assert.EndsWith("Port=8333,10.0.0.5:8334", tor.Commands[^1], StringComparison.Ordinal);
        Assert.Equal([local.Address, IPAddress.Parse("10.0.0.5")], given);
    }

    [Fact]
    public async Task RunAsync_WithATargetThatCannotBeListenedOn_SaysWhy()
    {
        await using var run = Run(new FakeTor(), Choosing(static address => address is null ? throw new IOException("cannot listen there.") : throw new InvalidOperationException()));

        Assert.Equal("cannot listen there", (await run.UntilAsync(static state => state.Failure is not null)).Failure);
    }

    [Theory]
    [InlineData("192.168.1.9", "127.0.0.1", true)]
    [InlineData("192.168.1.9", "192.168.1.5", false)]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("::ffff:127.0.0.1", "::1", false)]
    [InlineData(null, "127.0.0.1", false)]
    public async Task RunAsync_WithATargetThatTorsMachineCannotReach_WarnsOnce(string? torAt, string target, bool warns)
    {
        var log = new Connections.FakeLoggerFactory();
        var tor = new FakeTor { Ends = torAt is null ? null : (new IPEndPoint(IPAddress.Parse("192.168.1.5"), 40_000), new IPEndPoint(IPAddress.Parse(torAt), 9051)) };
        var options = Options();
        options.OnionService!.Target = new IPEndPoint(IPAddress.Parse(target), 8334);
        options.LoggerFactory = log;
        await using var run = Run(tor, options);
        await run.UntilAsync(static state => state.IsConnected);
        tor.Connections[0].End();
        await run.UntilAsync(static state => !state.IsConnected);
        await AdvanceUntilAsync(run, static state => state.Sessions == 2);

        Assert.Equal(warns ? 1 : 0, log.Lines.Count(static line => line.Id.Id == 507));
    }

    [Theory]
    [InlineData(false, "Target is missing")]
    [InlineData(true, "are both set")]
    public void Constructor_OfNoTargetOrTwo_SaysSo(bool hasBoth, string expected)
    {
        var options = new TorControllerOptions { OnionService = new() { Target = hasBoth ? Target : null, ChooseTarget = hasBoth ? static _ => Target : null } };
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new TorController(Control, options)).Message, StringComparison.Ordinal);
    }

    private TorControllerOptions Choosing(Func<IPAddress?, EndPoint> choose)
    {
        var options = Options();
        (options.OnionService!.Target, options.OnionService.ChooseTarget) = (null, choose);
        return options;
    }

    private async Task<string> WriteCookieAsync()
    {
        var path = Path.Combine(_folder.FullName, "cookie");
        await File.WriteAllBytesAsync(path, new FakeTor().Cookie, Token);
        return path;
    }

    private TorControllerOptions Options() => new()
    {
        OnionService = new OnionServiceOptions { Target = Target, KeyFile = KeyFile },
        TimeProvider = _clock,
        Random = new Random(1),
        OnChanged = _states.Enqueue,
    };

    private static Running Run(FakeTor tor, TorControllerOptions options)
    {
        options.Connect = tor.ConnectAsync;
        return new Running(new TorController(Control, options));
    }

    private async Task<TorState> AdvanceUntilAsync(Running run, Func<TorState, bool> condition)
    {
        await EventuallyAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return condition(run.Tor.State);
        });
        return run.Tor.State;
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Running.Patience, TimeProvider.System);
        while (!condition())
        {
            Token.ThrowIfCancellationRequested();
            Assert.False(deadline.IsCancellationRequested, $"waited {Running.Patience}");
            await Task.Yield();
        }
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Running(TorController tor)
        {
            Tor = tor;
            _running = tor.RunAsync(_stop.Token);
        }

        /// <summary>For what happens at once; what never does is a failure, not a test that hangs.</summary>
        public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

        public TorController Tor { get; }

        public Task<TorState> UntilAsync(Func<TorState, bool> condition) => Tor.WaitAsync(condition, Token).WaitAsync(Patience, TimeProvider.System, Token);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }
    }
}
