using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Bitcoin.Tests.Network;

public sealed class NetworkStoreTests : IDisposable
{
    private static readonly ChainParameters Chain = ChainParameters.Regtest;
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly PeerAddress One = new(NetworkEndPoint.Parse("1.2.3.4:8333"), 9, DateTimeOffset.UnixEpoch);
    private static readonly PeerAddress Two = new(NetworkEndPoint.Parse("[2a00::1]:8333"), 9, DateTimeOffset.UnixEpoch);
    private static readonly PeerAddress Three = new(NetworkEndPoint.Parse("5.6.7.8:8333"), 9, DateTimeOffset.UnixEpoch);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-store-");

    private ChainDirectory Files => ChainDirectory.FromDataDirectory(Path.Combine(_folder.FullName, "data"), Chain);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task OpenAsync_ByTwo_IsAClearErrorForTheSecond()
    {
        using (await OpenAsync())
        {
            var error = await Assert.ThrowsAsync<IOException>(() => OpenAsync());
            Assert.Contains(Files.Folder, error.Message, StringComparison.Ordinal);
            Assert.Contains("in use by another PeerNetwork", error.Message, StringComparison.Ordinal);
        }

        (await OpenAsync()).Dispose();
    }

    [Fact]
    public async Task Files_AreTheOwnersAlone()
    {
        using var store = await OpenAsync();
        await store.SaveBookAsync(new AddressBook());
        await store.SaveAnchorsAsync([One]);
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owners | UnixFileMode.UserExecute, File.GetUnixFileMode(Files.Folder));
        foreach (var file in new[] { Files.Peers, Files.Anchors, Files.Lock, Files.Running })
            Assert.Equal(owners, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Anchors_AfterACleanEnd_AreThoseOfTheEnd()
    {
        using (var store = await OpenAsync())
        {
            await store.JournalAnchorsAsync([One, Two]);
            await store.SaveAnchorsAsync([Three]);
            store.MarkClean();
        }

        using var next = await OpenAsync();
        Assert.Equal([Three.EndPoint], next.Anchors.Select(anchor => anchor.EndPoint));
    }

    [Fact]
    public async Task Anchors_AfterAKill_AreThoseJournalledAndThoseBefore()
    {
        using (var store = await OpenAsync())
        {
            await store.SaveAnchorsAsync([One, Two]);
            store.MarkClean();
        }

        using (var killed = await OpenAsync())
        {
            await killed.JournalAnchorsAsync([]);
            await killed.JournalAnchorsAsync([Three]);
        }

        using var next = await OpenAsync();
        Assert.Equal([Three.EndPoint, One.EndPoint], next.Anchors.Select(anchor => anchor.EndPoint));
    }

    [Fact]
    public async Task Anchors_OfThreeUncleanEndsInARow_AreDropped_ButNotOfLongRuns()
    {
        using (var store = await OpenAsync())
            await store.SaveAnchorsAsync([One]);
        List<int> counts = [];
        for (var start = 0; start < 6; start++)
        {
            using var store = await OpenAsync();
            counts.Add(store.Anchors.Length);
            if (start == 1)
                await store.AcquitAnchorsAsync();
        }

        Assert.Equal([1, 1, 1, 1, 0, 0], counts);
    }

    [Fact]
    public async Task OpenAsync_DamagedFiles_AreSetAsideWithAWarningEach()
    {
        Directory.CreateDirectory(Files.Folder);
        await File.WriteAllTextAsync(Files.Peers, "damaged", Cancellation);
        await File.WriteAllTextAsync(Files.Anchors, "damaged", Cancellation);
        await File.WriteAllBytesAsync(Files.Running, new byte[100_000], Cancellation);
        var logger = new ListLogger();
        using var store = await OpenAsync(logger);
        Assert.Empty(store.Anchors);
        Assert.Equal(2, logger.Warnings.Count);
        Assert.Contains($"'{Files.Peers}.bad'", store.Problems[0], StringComparison.Ordinal);
        Assert.Contains($"'{Files.Anchors}.bad'", store.Problems[1], StringComparison.Ordinal);
        Assert.True(File.Exists(Files.Peers + ".bad") && File.Exists(Files.Anchors + ".bad"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void Of_AChainWhoseNameIsNoFolders_IsAnError(string name) =>
        Assert.Throws<ArgumentException>(() => ChainDirectory.FromDataDirectory(_folder.FullName, Chain with { Name = name }));

    private Task<NetworkStore> OpenAsync(ILogger? logger = null) =>
        NetworkStore.OpenAsync(Files, Chain.Magic, new AddressBook(), logger ?? NullLogger.Instance);

    private sealed class ListLogger : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                Warnings.Add(formatter(state, exception));
        }
    }
}
