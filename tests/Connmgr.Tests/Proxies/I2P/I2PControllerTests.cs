using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public sealed class I2PControllerTests : IDisposable
{
    private static readonly IPEndPoint Router = new(IPAddress.Loopback, 7656);
    private static readonly byte[] Other = FakeSam.GetKey(77);

    private readonly FakeTimeProvider _clock = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-");
    private readonly ConcurrentQueue<I2PState> _states = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_folder.FullName, "keys", "i2p_private_key");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task RunAsync_ThatAccepts_SendsTheCommandsInOrder_T60()
    {
        var router = new FakeSam();
        await using var run = Run(router, Accepting());

        var state = await run.UntilAsync(static state => state.IsConnected);

        var key = await File.ReadAllBytesAsync(KeyFile, Token);
        Assert.Equal(
            ["HELLO VERSION MIN=3.1 MAX=3.1", "DEST GENERATE SIGNATURE_TYPE=7", "HELLO VERSION MIN=3.1 MAX=3.1"],
            router.Commands.Take(3),
            StringComparer.Ordinal);
        Assert.Matches(
            $"^SESSION CREATE STYLE=STREAM ID=[0-9a-f]{{10}} DESTINATION={I2PDestination.Encode(key)} i2cp.leaseSetEncType=4,0 inbound.quantity=3 outbound.quantity=3$",
            router.Commands[3]);
        Assert.Equal(new NetworkEndPoint(FakeSam.GetAddress(key), 0), state.Address);
        Assert.Equal(state.Address!.Value.ToEndPoint(), run.I2P.Listener!.LocalEndPoint);
        Assert.Null(state.Failure);
    }

    [Fact]
    public async Task RunAsync_WithoutAccepting_MakesSpareSessions_T60()
    {
        var router = new FakeSam();
        await using var run = Run(router, Dialling(spare: 3, length: 1));

        await EventuallyAsync(() => router.Addresses.Count == 3);

        Assert.Null((await run.UntilAsync(static state => state.IsConnected)).Address);
        Assert.Null(run.I2P.Listener);
        Assert.All(
            router.Commands.Where(static command => command.StartsWith("SESSION", StringComparison.Ordinal)),
            static command => Assert.Matches(
                "^SESSION CREATE STYLE=STREAM ID=[0-9a-f]{10} DESTINATION=TRANSIENT SIGNATURE_TYPE=7 i2cp.leaseSetEncType=4,0 inbound.quantity=1 outbound.quantity=1 inbound.length=1 outbound.length=1$",
                command));
    }

    /// <summary>Each connection has an address of its own, made ahead; another one is made at once, and each ends with its connection.</summary>
    [Fact]
    public async Task DialAsync_WithoutAccepting_UsesASessionEach()
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, Dialling(spare: 2));
        await EventuallyAsync(() => router.Addresses.Count == 3);
        var ahead = router.Addresses.ToHashSet();

        var first = await DialAsync(router, theirs, run, target);
        var second = await DialAsync(router, theirs, run, target);

        var mine = new[] { first, second }.Select(static pair => Address(((IStreamEndPoints)pair.Ours).LocalEndPoint)).ToArray();
        Assert.Equal(2, mine.Distinct().Count());
        Assert.Subset(ahead, mine.ToHashSet());
        Assert.Equal<IEnumerable<NetworkAddress>>(mine, new[] { first, second }.Select(static pair => Address(((IStreamEndPoints)pair.Theirs).RemoteEndPoint)));
        Assert.Equal(target, ((IStreamEndPoints)first.Ours).RemoteEndPoint);
        await EventuallyAsync(() => router.Addresses.Count == 5); // Two more are made.
        await first.Ours.DisposeAsync();
        await EventuallyAsync(() => router.Addresses.Count == 4);
        Assert.DoesNotContain(mine[0], router.Addresses);
        await second.Ours.DisposeAsync();
        await run.DisposeAsync();
        Assert.Single(router.Addresses);
    }

    [Fact]
    public async Task DialAsync_WhenAccepting_UsesThePersistentAddress_AndBytesArriveWhole()
    {
        await Gen.Int[1, 9].Array[1, 5].SampleAsync(
            async pieces =>
            {
                var next = 0;
                var router = new FakeSam { PieceSize = () => pieces[(uint)Interlocked.Increment(ref next) % pieces.Length] };
                await using var theirs = Run(router, new I2PControllerOptions { AcceptConnections = true });
                await using var run = Run(router, new I2PControllerOptions { AcceptConnections = true });
                var target = (await theirs.UntilAsync(static state => state.IsConnected)).Address!.Value.ToEndPoint()!;
                var own = (await run.UntilAsync(static state => state.IsConnected)).Address!.Value.ToEndPoint();

                var (ours, accepted) = await DialAsync(router, theirs, run, target);

                Assert.Equal(own, ((IStreamEndPoints)accepted).RemoteEndPoint);
                Assert.Equal(target, ((IStreamEndPoints)accepted).LocalEndPoint);
                await ours.WriteAsync("hello\nSTREAM"u8.ToArray(), Token);
                await accepted.WriteAsync("\nworld"u8.ToArray(), Token);
                Assert.Equal("hello\nSTREAM", await ReadAsync(accepted, 12));
                Assert.Equal("\nworld", await ReadAsync(ours, 6));
                await ours.DisposeAsync();
                await accepted.DisposeAsync();
            },
            iter: 20);
    }

    [Theory]
    [InlineData("STREAM STATUS RESULT=CANT_REACH_PEER", ConnectFailureCause.Unreachable)]
    [InlineData("STREAM STATUS RESULT=TIMEOUT MESSAGE=\"x\"", ConnectFailureCause.Timeout)]
    [InlineData("STREAM STATUS RESULT=I2P_ERROR", ConnectFailureCause.Unknown)]
    [InlineData("STREAM STATUS RESULT=INVALID_KEY", ConnectFailureCause.Unreachable)]
    [InlineData("STREAM STATUS RESULT=INVALID_ID", ConnectFailureCause.ProxyUnreachable)]
    [InlineData("STREAM STATUS RESULT=SURPRISE", ConnectFailureCause.ProxyUnreachable)]
    [InlineData("STREAM STATUS", ConnectFailureCause.ProxyUnreachable)]
    [InlineData("HELLO REPLY RESULT=OK", ConnectFailureCause.ProxyUnreachable)]
    [InlineData("HTTP/1.1 400", ConnectFailureCause.ProxyUnreachable)]
    public async Task DialAsync_OfARefusal_HasItsCause_T60(string answer, ConnectFailureCause cause)
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        router.Instead = command => command.StartsWith("STREAM CONNECT", StringComparison.Ordinal) ? answer : null;
        await using var run = Run(router, Dialling(spare: 1));
        await EventuallyAsync(() => router.Addresses.Count == 2);
        var session = router.Addresses[1];

        var failure = await FailureOfAsync(run, target);

        Assert.Equal((ConnectPhase.Proxy, cause), (failure.Phase, failure.Cause));

        // A session that reached nobody serves another dial; a doubtful one does not.
        var isKept = cause is ConnectFailureCause.Unreachable or ConnectFailureCause.Timeout;
        Assert.Equal(isKept, router.Addresses.Contains(session));
    }

    [Theory]
    [InlineData("NAMING REPLY RESULT=KEY_NOT_FOUND NAME=x", ConnectFailureCause.Unreachable)]
    [InlineData("NAMING REPLY RESULT=INVALID_KEY NAME=x", ConnectFailureCause.Unreachable)]
    [InlineData("NAMING REPLY RESULT=OK NAME=x", ConnectFailureCause.ProxyUnreachable)]
    [InlineData("NAMING REPLY RESULT=OK NAME=x VALUE=AAAA", ConnectFailureCause.ProxyUnreachable)]
    [InlineData("NAMING REPLY RESULT=OK NAME=x VALUE=other", ConnectFailureCause.ProxyUnreachable)]
    public async Task DialAsync_OfANameThatIsNotFound_AsksForNoStream(string answer, ConnectFailureCause cause)
    {
        answer = answer.Replace("other", FakeSam.GetDestination(Other), StringComparison.Ordinal);
        var router = new FakeSam { TakesNames = false, Instead = command => command.StartsWith("NAMING", StringComparison.Ordinal) ? answer : null };
        await using var run = Run(router, Dialling(spare: 1));

        var failure = await FailureOfAsync(run, EndPointOf(FakeSam.GetKey(5)));

        Assert.Equal(cause, failure.Cause);
        Assert.Single(router.Commands, static command => command.StartsWith("STREAM", StringComparison.Ordinal)); // By name.
    }

    /// <summary>A router that takes names finds the peer through the session; others are asked for its destination first.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DialAsync_ByName_LooksUpOnlyWhereItMust(bool takesNames)
    {
        var router = new FakeSam { TakesNames = takesNames };
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, Dialling(spare: 1));

        var (ours, accepted) = await DialAsync(router, theirs, run, target);

        var connects = router.Commands.Where(static command => command.StartsWith("STREAM CONNECT", StringComparison.Ordinal)).ToArray();
        Assert.Contains($"DESTINATION={Address(target)} ", connects[0], StringComparison.Ordinal);
        Assert.Equal(takesNames ? 1 : 2, connects.Length);
        Assert.Equal(takesNames ? 0 : 1, router.Commands.Count(static command => command.StartsWith("NAMING", StringComparison.Ordinal)));
        await ours.WriteAsync("hello"u8.ToArray(), Token);
        Assert.Equal("hello", await ReadAsync(accepted, 5));
        await ours.DisposeAsync();
        await accepted.DisposeAsync();
    }

    /// <summary>Next to the persistent address, a connection can have one of its own, which ends with it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DialTransientAsync_WhenAccepting_UsesAnAddressOfItsOwn(bool asksByTheContext)
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, Accepting());
        var own = (await run.UntilAsync(static state => state.IsConnected)).Address;

        var (ours, accepted) = await DialAsync(router, theirs, run, target, asksByTheContext ? DialAsked : static (i2p, peer) => i2p.DialTransientAsync(peer, Token));
        var (shared, acceptedOfShared) = await DialAsync(router, theirs, run, target);

        var used = Address(((IStreamEndPoints)ours).LocalEndPoint);
        Assert.Equal(used, Address(((IStreamEndPoints)accepted).RemoteEndPoint));
        Assert.NotEqual(own!.Value.Address, used);
        Assert.Equal(own.Value.Address, Address(((IStreamEndPoints)acceptedOfShared).RemoteEndPoint));
        Assert.Equal((own, 3), (run.I2P.State.Address, router.Addresses.Count)); // Theirs is one of them.
        Assert.Equal(2, run.I2P.SessionCount);
        await ours.DisposeAsync();
        await EventuallyAsync(() => !router.Addresses.Contains(used));
        await shared.DisposeAsync();

        static async ValueTask<Stream> DialAsked(I2PController i2p, EndPoint peer)
        {
            OwnIdentity.Begin();
            await Task.Yield(); // As in a dialler that waits for something else first.
            return await i2p.DialAsync(peer, Token);
        }
    }

    /// <summary>A session that reached nobody waits for another dial, but not for ever.</summary>
    [Fact]
    public async Task DialTransientAsync_OfAPeerThatIsGone_KeepsTheSessionForTenMinutes()
    {
        var router = new FakeSam();
        await using var run = Run(router, Patient(Accepting()));
        await run.UntilAsync(static state => state.IsConnected);

        var failure = await Assert.ThrowsAsync<ConnectFailedException>(() => run.I2P.DialTransientAsync(EndPointOf(Other), Token).AsTask());
        Assert.Equal(ConnectFailureCause.Unreachable, failure.Cause);
        await Assert.ThrowsAsync<ConnectFailedException>(() => run.I2P.DialTransientAsync(EndPointOf(Other), Token).AsTask());
        Assert.Equal(2, router.Commands.Count(static command => command.StartsWith("SESSION CREATE", StringComparison.Ordinal)));

        await AdvanceUntilAsync(() => router.Addresses.Count == 1);
        Assert.True(_clock.GetUtcNow() - _clock.Start >= TimeSpan.FromMinutes(10)); // How much more passes meanwhile depends on the machine.
        Assert.True(run.I2P.State.IsConnected);
    }

    /// <summary>A stop ends the sessions of connections, too, and waits until nothing reads from the router.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_Stopped_EndsTheSessionsOfConnections(bool accept)
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, accept ? Accepting() : Dialling(spare: 1));
        var (ours, accepted) = await DialAsync(router, theirs, run, target, static (i2p, peer) => i2p.DialTransientAsync(peer, Token));
        var lastRead = new TaskCompletionSource();
        router.LastRead = lastRead.Task;

        var stop = run.DisposeAsync().AsTask();
        await EventuallyAsync(() => router.Addresses.Count == 1); // Theirs.
        Assert.Equal(0, run.I2P.SessionCount);
        Assert.False(stop.IsCompleted);
        lastRead.SetResult();

        await stop.WaitAsync(Running.Patience, TimeProvider.System, Token);
        await ours.DisposeAsync();
        await accepted.DisposeAsync();
    }

    [Fact]
    public async Task DialAsync_OfWhatIsNoI2PAddress_FailsWithoutTheRouter_T60()
    {
        var router = new FakeSam();
        await using var run = Run(router, Dialling(spare: 0));

        Assert.Equal(ConnectFailureCause.Unreachable, (await FailureOfAsync(run, new DnsEndPoint(FakeSam.GetAddress(Other).ToString(), 8333))).Cause);
        Assert.Equal(ConnectFailureCause.NameNotFound, (await FailureOfAsync(run, new DnsEndPoint("example.i2p", 0))).Cause);
        Assert.Equal(ConnectFailureCause.NameNotFound, (await FailureOfAsync(run, Router)).Cause);

        Assert.Empty(router.Commands);
    }

    [Theory]
    [InlineData("HELLO VERSION", ConnectFailureCause.ProxyUnreachable, false)]
    [InlineData("NAMING", ConnectFailureCause.Timeout, false)]
    [InlineData("STREAM CONNECT", ConnectFailureCause.Timeout, false)]
    [InlineData("HELLO VERSION", ConnectFailureCause.ProxyUnreachable, true)]
    [InlineData("NAMING", ConnectFailureCause.Timeout, true)]
    [InlineData("STREAM CONNECT", ConnectFailureCause.Timeout, true)]
    public async Task DialAsync_OfASilentRouter_EndsAfterItsTime(string command, ConnectFailureCause cause, bool ignoresTokens)
    {
        var router = new FakeSam { IgnoresTokens = ignoresTokens, TakesNames = command is not "NAMING" };
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, Dialling(spare: 1));
        await EventuallyAsync(() => router.Addresses.Count == 2);
        var asked = 0;
        router.Instead = sent => sent.StartsWith(command, StringComparison.Ordinal) && Interlocked.Increment(ref asked) > 0 ? string.Empty : null;

        var dial = run.I2P.DialAsync(target, Token).AsTask();
        await EventuallyAsync(() => Volatile.Read(ref asked) > 0);
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(cause, (await Assert.ThrowsAsync<ConnectFailedException>(() => dial.WaitAsync(Running.Patience, TimeProvider.System, Token))).Cause);
    }

    [Fact]
    public async Task DialAsync_Cancelled_LeavesNothingOpen()
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        var asked = 0;
        router.Instead = sent => sent.StartsWith("STREAM CONNECT", StringComparison.Ordinal) && Interlocked.Increment(ref asked) > 0 ? string.Empty : null;
        await using var run = Run(router, Dialling(spare: 1));
        using var cancel = new CancellationTokenSource();

        var dial = run.I2P.DialAsync(target, cancel.Token).AsTask();
        await EventuallyAsync(() => Volatile.Read(ref asked) > 0);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial.WaitAsync(Running.Patience, TimeProvider.System, Token));
        await run.DisposeAsync();
        await theirs.DisposeAsync();
        Assert.Equal(0, router.OpenCount);
    }

    [Theory]
    [InlineData(65_536, "instead of HELLO REPLY")]
    [InlineData(65_537, "more than 65536 bytes")]
    public async Task RunAsync_OfALongLine_ReadsUpTo65536Bytes_T60(int length, string expected)
    {
        var router = new FakeSam { Instead = _ => new string('a', length) };
        await using var run = Run(router, Accepting());

        Assert.Contains(expected, (await run.UntilAsync(static state => state.Failure is not null)).Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HELLO VERSION", "HELLO REPLY RESULT=NOVERSION", "NOVERSION")]
    [InlineData("DEST GENERATE", "DEST REPLY PUB=a PRIV=b", "no private key")]
    [InlineData("DEST GENERATE", "DEST REPLY RESULT=I2P_ERROR", "I2P_ERROR")]
    [InlineData("SESSION CREATE", "SESSION STATUS RESULT=DUPLICATED_DEST", "DUPLICATED_DEST")]
    [InlineData("SESSION CREATE", "SESSION STATUS RESULT=I2P_ERROR MESSAGE=\"no tunnels\"", "I2P_ERROR (no tunnels)")]
    [InlineData("SESSION CREATE", "SESSION STATUS RESULT=OK", "no destination")]
    [InlineData("SESSION CREATE", "SESSION STATUS RESULT=OK DESTINATION=AAAA", "no destination")]
    public async Task RunAsync_OfAnOddReply_SaysSoAndTriesAgain(string command, string answer, string expected)
    {
        var router = new FakeSam { Instead = sent => sent.StartsWith(command, StringComparison.Ordinal) ? answer : null };
        await using var run = Run(router, Patient(Accepting()));

        Assert.Contains(expected, (await run.UntilAsync(static state => state.Failure is not null)).Failure, StringComparison.Ordinal);
        router.Instead = null;
        await AdvanceUntilAsync(run, static state => state.IsConnected);

        Assert.Equal(1, router.OpenCount); // The session's.
    }

    [Theory]
    [InlineData("HELLO", 20, "did not answer within 00:00:20")]
    [InlineData("DEST", 180, "made no key within 00:03:00")]
    [InlineData("SESSION", 180, "made no session within 00:03:00")]
    public async Task RunAsync_OfASilentRouter_EndsAfterTheTimeOfTheStep(string step, int seconds, string expected)
    {
        var router = new FakeSam { Instead = sent => sent.StartsWith(step, StringComparison.Ordinal) ? string.Empty : null };
        await using var run = Run(router, Accepting());
        await EventuallyAsync(() => router.Commands.Any(command => command.StartsWith(step, StringComparison.Ordinal)));

        _clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Contains(expected, (await run.UntilAsync(static state => state.Failure is not null)).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WithKeyFile_KeepsTheAddressAcrossPrograms_AndTheKeyPrivate()
    {
        var router = new FakeSam();
        NetworkEndPoint? first;
        await using (var run = Run(router, Accepting()))
            first = (await run.UntilAsync(static state => state.IsConnected)).Address;
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        await using var second = Run(router, Accepting());

        Assert.Equal(first, (await second.UntilAsync(static state => state.IsConnected)).Address);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(386)]
    [InlineData(391)]
    [InlineData(392)]
    [InlineData(678)]
    [InlineData(680)]
    [InlineData(20_000)]
    public async Task RunAsync_OfADamagedKey_SetsItAsideAndSaysWhy_T60(int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);
        byte[] damaged = [.. FakeSam.GetKey(1).Concat(new byte[20_000]).Take(length)];
        await File.WriteAllBytesAsync(KeyFile, damaged, Token);
        using var log = new Connections.FakeLoggerFactory();
        var options = Accepting();
        options.LoggerFactory = log;
        await using var run = Run(new FakeSam(), options);

        await run.UntilAsync(static state => state.IsConnected);

        var expected = length > I2PDestination.MaxLength ? "more than 16384 bytes" : I2PPrivateKey.GetError(damaged)!;
        Assert.Contains(expected, log.Lines.Single(static line => line.Id.Id == 515).Message, StringComparison.Ordinal);
        Assert.True(I2PDestination.IsPrivateKey(await File.ReadAllBytesAsync(KeyFile, Token)));
        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(KeyFile)!).Length);
    }

    /// <summary>The router is killed and comes back: the same address is served, and an accept that waited all the time goes on.</summary>
    [Fact]
    public async Task AcceptAsync_WhileTheRouterRestarts_GoesOn()
    {
        var router = new FakeSam();
        await using var run = Run(router, Patient(Accepting()));
        var address = (await run.UntilAsync(static state => state.IsConnected)).Address!.Value;
        var accept = run.I2P.Listener!.AcceptAsync(Token).AsTask();
        await EventuallyAsync(() => router.HasAcceptor(address.Address));

        router.IsDown = true;
        router.Kill();
        Assert.Null((await run.UntilAsync(static state => !state.IsConnected)).Address);
        Assert.Equal(ConnectFailureCause.ProxyUnreachable, (await FailureOfAsync(run, EndPointOf(Other))).Cause);
        router.IsDown = false;
        Assert.Equal(address, (await AdvanceUntilAsync(run, static state => state.IsConnected)).Address);

        await AdvanceUntilAsync(() => router.HasAcceptor(address.Address));
        router.Visit(address.Address, Other);
        await using var accepted = await accept.WaitAsync(Running.Patience, TimeProvider.System, Token);
        Assert.Equal(EndPointOf(Other), ((IStreamEndPoints)accepted).RemoteEndPoint);
    }

    [Theory]
    [InlineData("STREAM STATUS RESULT=OK\nSTREAM STATUS RESULT=I2P_ERROR MESSAGE=\"closed\"")]
    [InlineData("STREAM STATUS RESULT=I2P_ERROR")]
    [InlineData("STREAM STATUS RESULT=INVALID_ID")]
    public async Task AcceptAsync_OfAnEndedSession_MakesAnotherOne_T60(string answer)
    {
        var router = new FakeSam();
        var left = 5;
        router.Instead = command => command.StartsWith("STREAM ACCEPT", StringComparison.Ordinal) && Interlocked.Decrement(ref left) >= 0 ? answer : null;
        await using var run = Run(router, Patient(Accepting()));
        var address = (await run.UntilAsync(static state => state.IsConnected)).Address!.Value;

        var accept = run.I2P.Listener!.AcceptAsync(Token).AsTask();
        await AdvanceUntilAsync(() => router.HasAcceptor(address.Address));

        Assert.Equal(6, router.Commands.Count(static command => command.StartsWith("SESSION CREATE", StringComparison.Ordinal)));
        router.Visit(address.Address, Other);
        await using var accepted = await accept.WaitAsync(Running.Patience, TimeProvider.System, Token);
    }

    /// <summary>Other failures leave the session alone, until there are five in a row.</summary>
    [Theory]
    [InlineData("STREAM STATUS RESULT=OK\nnot base64!")]
    [InlineData("STREAM STATUS RESULT=OK\nAAAA FROM_PORT=0 TO_PORT=0")]
    [InlineData("STREAM STATUS RESULT=ALREADY_ACCEPTING")]
    [InlineData("")]
    public async Task AcceptAsync_OfOddReplies_TriesAgainAndThenTakesAnotherSession(string answer)
    {
        var router = new FakeSam { EndsAfter = command => answer.Length == 0 && command.StartsWith("STREAM ACCEPT", StringComparison.Ordinal) };
        router.Instead = command => command.StartsWith("STREAM ACCEPT", StringComparison.Ordinal) ? answer : null;
        await using var run = Run(router, Patient(Accepting()));
        await run.UntilAsync(static state => state.IsConnected);

        var accept = run.I2P.Listener!.AcceptAsync(Token).AsTask();
        await AdvanceUntilAsync(() => router.Commands.Count(static command => command.StartsWith("SESSION CREATE", StringComparison.Ordinal)) == 2);

        var before = router.Commands.TakeWhile((command, i) => !command.StartsWith("SESSION CREATE", StringComparison.Ordinal) || i < 5);
        Assert.Equal(5, before.Count(static command => command.StartsWith("STREAM ACCEPT", StringComparison.Ordinal)));
        await run.I2P.Listener.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accept.WaitAsync(Running.Patience, TimeProvider.System, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AcceptAsync_OfARouterThatDoesNotAnswer_TriesAgain(bool ignoresTokens)
    {
        var router = new FakeSam { IgnoresTokens = ignoresTokens };
        var asked = 0;
        router.Instead = sent => sent.StartsWith("STREAM ACCEPT", StringComparison.Ordinal) && Interlocked.Increment(ref asked) > 0 ? string.Empty : null;
        await using var run = Run(router, Accepting());
        var address = (await run.UntilAsync(static state => state.IsConnected)).Address!.Value;
        var accept = run.I2P.Listener!.AcceptAsync(Token).AsTask();
        await EventuallyAsync(() => Volatile.Read(ref asked) > 0);

        _clock.Advance(TimeSpan.FromSeconds(20));
        await EventuallyAsync(() => router.OpenCount == 1); // The session's.
        router.Instead = null;

        await AdvanceUntilAsync(() => router.HasAcceptor(address.Address));
        await run.I2P.Listener.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accept.WaitAsync(Running.Patience, TimeProvider.System, Token));
    }

    /// <summary>A wait for peers that is cancelled can be begun again.</summary>
    [Fact]
    public async Task AcceptAsync_Cancelled_RemainsUsable()
    {
        var router = new FakeSam();
        await using var run = Run(router, Accepting());
        var address = (await run.UntilAsync(static state => state.IsConnected)).Address!.Value;
        using var cancel = new CancellationTokenSource();
        var first = run.I2P.Listener!.AcceptAsync(cancel.Token).AsTask();
        await EventuallyAsync(() => router.HasAcceptor(address.Address));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Running.Patience, TimeProvider.System, Token));
        await EventuallyAsync(() => !router.HasAcceptor(address.Address));

        var second = run.I2P.Listener.AcceptAsync(Token).AsTask();
        await EventuallyAsync(() => router.HasAcceptor(address.Address));
        router.Visit(address.Address, Other);

        await using var accepted = await second.WaitAsync(Running.Patience, TimeProvider.System, Token);
    }

    /// <summary>Spare sessions end with the router, and others are made once it is back.</summary>
    [Fact]
    public async Task RunAsync_OfSpareSessions_ReplacesThemAfterARestart()
    {
        var router = new FakeSam();
        await using var run = Run(router, Patient(Dialling(spare: 2)));
        await EventuallyAsync(() => router.Addresses.Count == 2);
        var before = router.Addresses;

        router.IsDown = true;
        router.Kill();
        var state = await AdvanceUntilAsync(run, static state => state.Failure is not null);
        Assert.Contains("nobody listens", state.Failure, StringComparison.Ordinal);
        Assert.Equal(ConnectFailureCause.ProxyUnreachable, (await FailureOfAsync(run, EndPointOf(Other))).Cause);
        router.IsDown = false;
        await AdvanceUntilAsync(() => router.Addresses.Count == 2);

        Assert.True((await run.UntilAsync(static state => state.IsConnected)).Failure is null);
        Assert.Empty(before.Intersect(router.Addresses));
    }

    /// <summary>A router that ends each session at once is asked for others after pauses, which grow.</summary>
    [Fact]
    public async Task RunAsync_OfSessionsThatEndAtOnce_Pauses()
    {
        var router = new FakeSam { EndsAfter = static command => command.StartsWith("SESSION", StringComparison.Ordinal) };
        var clock = new PauseClock();
        var options = Patient(Dialling(spare: 1));
        options.TimeProvider = clock;
        await using var run = Run(router, options);

        for (var made = 1; made <= 5; made++)
        {
            await EventuallyAsync(() => clock.Pauses.Count == made);
            Assert.Equal(made, router.Commands.Count(static command => command.StartsWith("SESSION", StringComparison.Ordinal)));
            clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(clock.Pauses.Order(), clock.Pauses);
    }

    /// <summary>Without spare sessions, too, the controller notices that the router is back.</summary>
    [Fact]
    public async Task DialAsync_WithoutSpareSessions_WorksAgainAfterAFailure()
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, Patient(Dialling(spare: 0)));
        router.IsDown = true;
        Assert.Equal(ConnectFailureCause.ProxyUnreachable, (await FailureOfAsync(run, target)).Cause);
        router.IsDown = false;

        await AdvanceUntilAsync(run, static state => state.IsConnected);

        var (ours, accepted) = await DialAsync(router, theirs, run, target);
        await ours.DisposeAsync();
        await accepted.DisposeAsync();
    }

    /// <summary>Dials that wait for sessions get one each, in turn, though none was made ahead.</summary>
    [Fact]
    public async Task DialAsync_OfManyAtOnce_GivesEachASession()
    {
        var router = new FakeSam();
        var (theirs, target) = await ServeAsync(router);
        await using var _ = theirs;
        await using var run = Run(router, Dialling(spare: 0));
        var accepting = Task.Run(
            async () =>
            {
                for (var i = 0; i < 20; i++)
                    await theirs.I2P.Listener!.AcceptAsync(Token);
            },
            Token);

        var dials = Enumerable.Range(0, 20).Select(_ => RetryAsync()).ToArray();
        var streams = await Task.WhenAll(dials).WaitAsync(Running.Patience, TimeProvider.System, Token);

        await accepting.WaitAsync(Running.Patience, TimeProvider.System, Token);
        Assert.Equal(20, streams.Select(static stream => Address(((IStreamEndPoints)stream).LocalEndPoint)).Distinct().Count());
        foreach (var stream in streams)
            await stream.DisposeAsync();

        // The fake router refuses while no accept waits, which a real one does not.
        async Task<Stream> RetryAsync()
        {
            while (true)
            {
                try
                {
                    return await run.I2P.DialAsync(target, Token);
                }
                catch (ConnectFailedException failure) when (failure.Cause == ConnectFailureCause.Unreachable)
                {
                    await Task.Yield();
                }
            }
        }
    }

    private static EndPoint EndPointOf(byte[] key) => new NetworkEndPoint(FakeSam.GetAddress(key), 0).ToEndPoint()!;

    private static NetworkAddress Address(EndPoint? endPoint)
    {
        Assert.True(NetworkEndPoint.TryFromEndPoint(endPoint, out var known));
        return known.Address;
    }

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, Token);
        return Encoding.Latin1.GetString(bytes);
    }

    private static async Task<ConnectFailedException> FailureOfAsync(Running run, EndPoint peer) =>
        await Assert.ThrowsAsync<ConnectFailedException>(() => run.I2P.DialAsync(peer, Token).AsTask().WaitAsync(Running.Patience, TimeProvider.System, Token));

    /// <summary>Dials one controller from another once it accepts.</summary>
    private static async Task<(Stream Ours, Stream Theirs)> DialAsync(
        FakeSam router, Running theirs, Running run, EndPoint target, Func<I2PController, EndPoint, ValueTask<Stream>>? dial = null)
    {
        dial ??= static (i2p, peer) => i2p.DialAsync(peer, Token);
        var accept = theirs.I2P.Listener!.AcceptAsync(Token).AsTask();
        await EventuallyAsync(() => router.HasAcceptor(Address(target)));
        var ours = await dial(run.I2P, target).AsTask().WaitAsync(Running.Patience, TimeProvider.System, Token);
        return (ours, await accept.WaitAsync(Running.Patience, TimeProvider.System, Token));
    }

    /// <summary>Runs a second program that accepts, with a clock of its own.</summary>
    private static async Task<(Running Run, EndPoint Address)> ServeAsync(FakeSam router)
    {
        var run = Run(router, new I2PControllerOptions { AcceptConnections = true });
        return (run, (await run.UntilAsync(static state => state.IsConnected)).Address!.Value.ToEndPoint()!);
    }

    private static Running Run(FakeSam router, I2PControllerOptions options)
    {
        options.Connect = router.ConnectAsync;
        return new Running(new I2PController(Router, options));
    }

    /// <summary>Sets time limits that a clock that is advanced meanwhile does not reach.</summary>
    private static I2PControllerOptions Patient(I2PControllerOptions options)
    {
        options.SetupTimeout = options.SessionTimeout = options.DialTimeout = TimeSpan.FromDays(24);
        return options;
    }

    private I2PControllerOptions Accepting() => new()
    {
        AcceptConnections = true,
        KeyFile = KeyFile,
        TimeProvider = _clock,
        Random = new Random(1),
        OnChanged = _states.Enqueue,
    };

    private I2PControllerOptions Dialling(int spare, int? length = null) => new()
    {
        SpareSessions = spare,
        TunnelLength = length,
        TimeProvider = _clock,
        Random = new Random(1),
        OnChanged = _states.Enqueue,
    };

    private async Task<I2PState> AdvanceUntilAsync(Running run, Func<I2PState, bool> condition)
    {
        await AdvanceUntilAsync(() => condition(run.I2P.State));
        return run.I2P.State;
    }

    /// <summary>Lets time pass, not much faster than the controller can follow on a busy machine.</summary>
    private async Task AdvanceUntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Running.Patience, TimeProvider.System);
        while (true)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            if (condition())
                return;
            Assert.False(deadline.IsCancellationRequested, $"waited {Running.Patience}");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
        }
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

    /// <summary>A clock that notes the pauses: all timers but those of time limits.</summary>
    private sealed class PauseClock : FakeTimeProvider
    {
        public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime < TimeSpan.FromDays(1))
                Pauses.Enqueue(dueTime);
            return timer;
        }
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Running(I2PController i2p)
        {
            I2P = i2p;
            _running = i2p.RunAsync(_stop.Token);
        }

        /// <summary>For what happens at once; what never does is a failure, not a test that hangs.</summary>
        public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

        public I2PController I2P { get; }

        public Task<I2PState> UntilAsync(Func<I2PState, bool> condition) => I2P.WaitAsync(condition, Token).WaitAsync(Patience, TimeProvider.System, Token);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
        }
    }
}
