namespace Connmgr.Tool.Tests;

/// <summary>The moments in which a directory is locked and nobody serves it: a run that starts or ends.</summary>
public sealed class RunFinderTests : IDisposable
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
        var (run, directory) = await AdvanceUntilAsync(opening);
        Assert.Null(directory);
        Assert.Equal("sandbox", run!.Greeting.Network);
        run.Dispose();
        Assert.Contains($"waiting for who has '{_directory}'", _terminal.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r\e[K", _terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ARunThatEnds_TakesItsDirectory()
    {
        var locked = DataDirectory.Open(_directory);
        var opening = OpenAsync();
        await WaitsAsync(opening, pauses: 3);
        locked.Dispose();
        var (run, directory) = await AdvanceUntilAsync(opening);
        Assert.Null(run);
        Assert.NotNull(directory);
        directory.Dispose();
    }

    [Fact]
    public async Task Open_Cancelled_WaitsNoLonger()
    {
        using var locked = DataDirectory.Open(_directory);
        using var stop = new CancellationTokenSource();
        var opening = OpenAsync(stop.Token);
        await WaitsAsync(opening, pauses: 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    private Task<(ControlClient? Run, DataDirectory? Directory)> OpenAsync(CancellationToken cancellationToken = default) =>
        new RunFinder(new ToolRun { TimeProvider = _time, ErrorTerminal = _terminal }.Environment).OpenAsync(_directory, cancellationToken);

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

    private async Task<(ControlClient? Run, DataDirectory? Directory)> AdvanceUntilAsync(Task<(ControlClient? Run, DataDirectory? Directory)> opening)
    {
        await Eventually.TrueAsync(() =>
        {
            if (!opening.IsCompleted)
                _time.Advance(Pause);
            return Task.FromResult(opening.IsCompleted);
        });
        return await opening;
    }
}
