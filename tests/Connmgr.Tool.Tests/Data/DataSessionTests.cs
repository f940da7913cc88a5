using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

/// <summary>Sessions while a directory is locked but not served: by a run that starts or ends.</summary>
public sealed class DataSessionTests : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
    private readonly CountingTime _time = new();
    private readonly SharedWriter _terminal = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Open_ARunThatStarts_WaitsForItsSocket()
    {
        using var locked = DataDirectory.Open(_directory);
        var opening = OpenAsync();
        await WaitsAsync(opening, pauses: 10);
        await using var server = ControlServer.Start(locked, "sandbox", [], TimeProvider.System);
        using (var session = await AdvanceUntilAsync(opening))
            Assert.Equal("run of sandbox", session.Actions);
        Assert.Contains($"waiting for the process that uses '{_directory}'", _terminal.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r\e[K", _terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ARunThatEnds_TakesItsDirectory()
    {
        var locked = DataDirectory.Open(_directory);
        var opening = OpenAsync();
        await WaitsAsync(opening, pauses: 3);
        locked.Dispose();
        using var session = await AdvanceUntilAsync(opening);
        Assert.Equal("files", session.Actions);
        Assert.Throws<DataDirectoryInUseException>(() => DataDirectory.Open(_directory));
    }

    [Fact]
    public async Task Open_Cancelled_WaitsNoLonger()
    {
        using var locked = DataDirectory.Open(_directory);
        using var stop = new CancellationTokenSource();
        var opening = OpenAsync(cancellationToken: stop.Token);
        await WaitsAsync(opening, pauses: 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    [Fact]
    public async Task Open_LockedByAProcessThatDoesNotServe_NamesTheProcess()
    {
        using var locked = DataDirectory.Open(_directory);
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(10) };
        var target = new DataTarget(_directory, Chain: null);
        var error = await Assert.ThrowsAsync<DataDirectoryInUseException>(() => DataSession<string>.OpenAsync(
            target, DataAccess.Write, new TextSource(), new ToolRun { TimeProvider = time }.Environment, TestContext.Current.CancellationToken));
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ToRead_NeitherWaitsNorLocks()
    {
        using var locked = DataDirectory.Open(_directory);
        using var session = await OpenAsync(DataAccess.Read);
        Assert.Equal("files", session.Actions);
        Assert.Equal(0, _time.Timers);
    }

    private Task<DataSession<string>> OpenAsync(DataAccess access = DataAccess.Write, CancellationToken cancellationToken = default) => DataSession<string>.OpenAsync(
        new DataTarget(_directory, Chain: null), access, new TextSource(), new ToolRun { TimeProvider = _time, ErrorTerminal = _terminal }.Environment, cancellationToken);

    /// <summary>Lets it find the directory locked that often.</summary>
    private async Task WaitsAsync(Task opening, int pauses)
    {
        for (var i = 0; i < pauses; i++)
        {
            var timers = i + 2; // The progress line's, and one for each pause.
            await Eventually.TrueAsync(() => Task.FromResult(_time.Timers >= timers));
            Assert.False(opening.IsCompleted);
            _time.Advance(Pause);
        }
    }

    /// <summary>Advances once per pause that has begun: time that passed during a slow look at the directory could use up the patience.</summary>
    private async Task<DataSession<string>> AdvanceUntilAsync(Task<DataSession<string>> opening)
    {
        var timers = 0;
        await Eventually.TrueAsync(() =>
        {
            if (!opening.IsCompleted && _time.Timers > timers)
            {
                timers = _time.Timers;
                _time.Advance(Pause);
            }

            return Task.FromResult(opening.IsCompleted);
        });
        return await opening;
    }

    /// <summary>Data that is the name of its place.</summary>
    private sealed class TextSource : IDataSource<string>
    {
        public string CreateRemote(ControlClient run) => $"run of {run.Greeting.Network}";

        public Task<NetworkFile?> FindAsync(DataTarget target, DataAccess access, CancellationToken cancellationToken) => Task.FromResult<NetworkFile?>(null);

        public Task<SessionData<string>> LoadAsync(NetworkFile? file, DataAccess access, CancellationToken cancellationToken) =>
            Task.FromResult(new SessionData<string>("files"));
    }
}
