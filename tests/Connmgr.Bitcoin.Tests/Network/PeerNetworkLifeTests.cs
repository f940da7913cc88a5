using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Start and end of a network, from wherever they are asked for.</summary>
public sealed class PeerNetworkLifeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-life-");

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task StartAsync_AfterAStop_Throws()
    {
        await using var network = new PeerNetwork(new() { Chain = ChainParameters.Regtest });
        await network.StartAsync(Cancellation);
        await network.StopAsync(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.StartAsync(Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.WhenFullAsync(Cancellation));
    }

    [Fact]
    public async Task StartAsync_AfterAStopOfItsConnections_Throws()
    {
        await using var network = new PeerNetwork(new() { Chain = ChainParameters.Regtest });
        await network.StartAsync(Cancellation);
        network.Connections.RequestStop();
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.StartAsync(Cancellation));
    }

    [Fact]
    public async Task StartAsync_AfterAStopWithoutAStart_ThrowsAndTouchesNoFile()
    {
        await using var network = new PeerNetwork(new() { Chain = ChainParameters.Regtest, DataDirectory = _folder.FullName });
        await network.StopAsync(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.StartAsync(Cancellation));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public async Task RequestStop_InAHandler_EndsEverything_AndTheFolderIsFree()
    {
        await using var server = new PeerNetwork(new() { Chain = ChainParameters.Regtest, ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)] });
        await server.StartAsync(Cancellation);
        PeerNetwork? client = null;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refusal = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        client = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            PermanentPeers = [server.ListenEndPoints[0]],
            DataDirectory = _folder.FullName,
            OnPeer = async (_, _) =>
            {
                await started.Task; // A start that is stopped before it returns throws.
                refusal.TrySetResult(await Record.ExceptionAsync(() => client!.StopAsync(CancellationToken.None)));
                client!.RequestStop();
            },
        });
        await using var owned = client;
        await client.StartAsync(Cancellation);
        started.SetResult();

        Assert.Contains("RequestStop", Assert.IsType<InvalidOperationException>(await refusal.Task.WaitAsync(Cancellation)).Message, StringComparison.Ordinal);
        await client.Completion.WaitAsync(Cancellation);
        await using var next = new PeerNetwork(new() { Chain = ChainParameters.Regtest, DataDirectory = _folder.FullName });
        await next.StartAsync(Cancellation); // Its folder would be in use.
    }

    [Fact]
    public async Task GetShortageAsync_NoSourceOfAddresses_IsNamedAndLogged_AndItIsNotFull()
    {
        var log = new Warnings();
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            LoggerFactory = log,
        });
        await network.StartAsync(Cancellation);
        Assert.Equal("8 automatic peers are missing: there is no source of addresses.", (await network.GetShortageAsync(Cancellation))?.ToString());
        Assert.Contains("no source of addresses", await log.First.WaitAsync(Cancellation), StringComparison.Ordinal);

        await network.Connections.SetTargetOutboundAsync(0, Cancellation);
        await network.WhenFullAsync(Cancellation);
        Assert.Null(await network.GetShortageAsync(Cancellation));
    }

    [Fact]
    public async Task GetShortageAsync_OfABook_NamesWhatIsWrongWithItNow()
    {
        var book = SmallBook.Create();
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = book,
            Dial = static (_, _) => throw new IOException("No peer is there."),
            Protocol = new() { RequiredServices = (NodeServices)0x49 },
            Policies = PeerPolicies.None,
            ConfigureSeeding = static seeding => seeding.FetchFromKnown = null,
        });
        await network.StartAsync(Cancellation);
        Assert.Equal(ShortageReasons.NoAddresses, (await network.GetShortageAsync(Cancellation))!.Reasons);

        var source = NetworkAddress.Parse("9.9.9.9");
        book.Add(new PeerAddress(NetworkEndPoint.Parse("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:18444"), 0x49, TimeProvider.System.GetUtcNow()), source);
        Assert.Equal(ShortageReasons.Unreachable, (await network.GetShortageAsync(Cancellation))!.Reasons);

        book.Add(new PeerAddress(NetworkEndPoint.Parse("1.2.3.4:18444"), 9, TimeProvider.System.GetUtcNow()), source);
        Assert.Equal(ShortageReasons.MissingServices, (await network.GetShortageAsync(Cancellation))!.Reasons);

        network.Bans.Add(BanTarget.Parse("0.0.0.0/0"));
        book.Add(new PeerAddress(NetworkEndPoint.Parse("5.6.7.8:18444"), 0x49, TimeProvider.System.GetUtcNow()), source);
        await Eventually.TrueAsync(async () => (await network.GetShortageAsync(Cancellation))!.Reasons == ShortageReasons.Excluded);
    }

    private sealed class Warnings : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> First => _first.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                _first.TrySetResult(formatter(state, exception));
        }

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
            // Holds nothing.
        }
    }
}
