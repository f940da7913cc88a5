using Connmgr.Tests.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public sealed class BanListWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly BanFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly BanList _bans;

    public BanListWriterTests() => _bans = new BanList(new BanListOptions { TimeProvider = _clock });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Change_OfAnyKind_IsWrittenThrough()
    {
        await using var writer = new BanListWriter(_bans, _folder.File, _clock);

        _bans.Add(BanTarget.Parse("1.2.3.4"));
        await WaitForFileAsync("1.2.3.4/32");
        _bans.Add(BanTarget.Parse("1.2.3.5"));
        await WaitForFileAsync("1.2.3.4/32 1.2.3.5/32");
        _bans.Remove(BanTarget.Parse("1.2.3.4"));
        await WaitForFileAsync("1.2.3.5/32");
        _bans.Clear();
        await WaitForFileAsync("");
    }

    [Fact]
    public async Task Changes_WithinThePause_AreWrittenTogether()
    {
        await using var writer = new BanListWriter(_bans, _folder.File, _clock);
        _bans.Add(BanTarget.Parse("1.2.3.4"));
        await WaitForFileAsync("1.2.3.4/32", advance: false);

        for (var i = 0; i < 1000; i++)
            _bans.Add(BanTarget.Parse($"2.2.{i / 200}.{i % 200}"));

        Assert.Equal("1.2.3.4/32", await ReadAsync());
        for (var time = 0; time < 100 && (await ReadAsync()).Length < 1000; time++)
        {
            _clock.Advance(BanListWriter.SaveInterval / 4);
            await Task.Yield();
        }

        await writer.FlushAsync(Token);
        Assert.Equal(1001, (await ReadAsync()).Split(' ').Length);
    }

    /// <summary>A file of 10 MB a second is what a host with a new address each second could have written otherwise.</summary>
    [Fact]
    public async Task Changes_OfALongList_AreWrittenTheLessOften()
    {
        for (var i = 0; i < 5_000; i++)
            _bans.Add(BanTarget.Parse($"2.2.{i / 200}.{i % 200}"));
        var time = new CountingTimeProvider(_clock);
        await using var writer = new BanListWriter(_bans, _folder.File, time);
        _bans.Add(BanTarget.Parse("1.2.3.4"));
        await Eventually.TrueAsync(() => time.Timers == 1);
        _bans.Add(BanTarget.Parse("1.2.3.5"));

        _clock.Advance((BanListWriter.SaveInterval * 5) - TimeSpan.FromTicks(1));
        Assert.Equal(1, time.Timers); // It still pauses.
        _clock.Advance(TimeSpan.FromTicks(1));
        await Eventually.TrueAsync(async () => (await ReadAsync()).Contains("1.2.3.5/32", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1_999, 1)]
    [InlineData(2_000, 2)]
    [InlineData(50_000, 50)]
    [InlineData(1_000_000, 60)]
    public void PauseAfter_AnyNumberOfBans_IsASecondForEachThousand_UpToAMinute(int bans, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BanListWriter.PauseAfter(bans));

    [Fact]
    public async Task DisposeAsync_Twice_WaitsTwice()
    {
        var writer = new BanListWriter(_bans, _folder.File, _clock);
        for (var i = 0; i < 20_000; i++)
            _bans.Add(BanTarget.Parse($"2.{i / 40_000}.{i / 200 % 200}.{i % 200}"));
        var first = writer.DisposeAsync().AsTask();

        await writer.DisposeAsync();

        Assert.True(first.IsCompleted);
        Assert.Equal(20_000, (await ReadAsync()).Split(' ').Length);
        await first;
    }

    [Fact]
    public async Task FlushAsync_WritesAtOnce_AndNotWithoutAChange()
    {
        await using var writer = new BanListWriter(_bans, _folder.File, _clock);
        await writer.FlushAsync(Token);
        Assert.Empty(_folder.Names);

        _bans.Add(BanTarget.Parse("1.2.3.4"));
        _bans.Add(BanTarget.Parse("1.2.3.5"));
        await writer.FlushAsync(Token);

        Assert.Equal("1.2.3.4/32 1.2.3.5/32", await ReadAsync());
        File.Delete(_folder.File);
        await writer.FlushAsync(Token);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public async Task DisposeAsync_WritesWhatIsMissing_AndWatchesNoMore()
    {
        var writer = new BanListWriter(_bans, _folder.File, _clock);
        for (var i = 0; i < 50; i++)
            _bans.Add(BanTarget.Parse($"1.2.3.{i}"));
        await writer.DisposeAsync();
        await writer.DisposeAsync();

        Assert.Equal(50, (await ReadAsync()).Split(' ').Length);
        _bans.Add(BanTarget.Parse("9.9.9.9"));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain("9.9.9.9", await ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_NotPossible_IsLoggedOnceAndTriedAgain()
    {
        var logs = new FakeLoggerFactory();
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        Directory.CreateDirectory(_folder.File);
        var writer = new BanListWriter(_bans, _folder.File, _clock, logs);
        await using (writer)
        {
            for (var i = 0; i < 5; i++)
            {
                _bans.Add(BanTarget.Parse($"1.2.3.{i}"));
                while (!logs.Warnings.Any())
                    await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, deadline.Token);
                await Assert.ThrowsAnyAsync<SystemException>(() => writer.FlushAsync(Token));
                _clock.Advance(BanListWriter.RetryDuration);
            }

            Directory.Delete(_folder.File);
            await WaitForFileAsync("1.2.3.0/32 1.2.3.1/32 1.2.3.2/32 1.2.3.3/32 1.2.3.4/32");
        }

        Assert.Single(logs.Warnings);
    }

    [Fact]
    public async Task DisposeAsync_WriteNotPossible_TellsWhatIsLost()
    {
        var logs = new FakeLoggerFactory();
        Directory.CreateDirectory(_folder.File);
        var writer = new BanListWriter(_bans, _folder.File, _clock, logs);
        await writer.DisposeAsync();
        Assert.Null(writer.LostChanges); // There was nothing to write.

        writer = new BanListWriter(_bans, _folder.File, _clock, logs);
        _bans.Add(BanTarget.Parse("1.2.3.4"));
        _bans.Add(BanTarget.Parse("1.2.3.5"));
        await writer.DisposeAsync();

        Assert.StartsWith($"Changes of the bans in '{_folder.File}' are lost (2): ", writer.LostChanges, StringComparison.Ordinal);
        Assert.Contains("are lost", logs.Lines[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_BansOnBothSides_LosesNeither()
    {
        var before = new BanList(new BanListOptions { TimeProvider = _clock });
        before.Add(BanTarget.Parse("1.2.3.4"));
        await BanListFile.SaveAsync(before, _folder.File, Token);
        _bans.Add(BanTarget.Parse("1.2.3.5"));

        var opening = BanListWriter.OpenAsync(_bans, _folder.File, _clock, cancellationToken: Token);
        _bans.Add(BanTarget.Parse("1.2.3.6")); // While it reads.
        var (writer, loaded) = await opening;
        await writer.DisposeAsync();

        Assert.Same(_bans, loaded.Bans);
        Assert.Equal("1.2.3.4/32 1.2.3.5/32 1.2.3.6/32", await ReadAsync());
    }

    [Fact]
    public async Task OpenAsync_NoFile_WritesWhatTheListHad()
    {
        _bans.Add(BanTarget.Parse("1.2.3.5"));
        var (writer, _) = await BanListWriter.OpenAsync(_bans, _folder.File, _clock, cancellationToken: Token);
        await writer.DisposeAsync();

        Assert.Equal("1.2.3.5/32", await ReadAsync());
    }

    [Fact]
    public async Task OpenAsync_NothingNew_LeavesTheFileAlone()
    {
        var (writer, _) = await BanListWriter.OpenAsync(_bans, _folder.File, _clock, cancellationToken: Token);
        await writer.DisposeAsync();

        Assert.Empty(_folder.Names);
    }

    [Fact]
    public async Task OpenAsync_FileThatCannotBeRead_ThrowsAndNeverWritesIt()
    {
        await BanListFile.SaveAsync(new BanList(), _folder.File, Token);
        var content = await File.ReadAllTextAsync(_folder.File, Token);
        _bans.Add(BanTarget.Parse("1.2.3.5"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => BanListWriter.OpenAsync(_bans, _folder.File, _clock, cancellationToken: new CancellationToken(canceled: true)));
        _bans.Add(BanTarget.Parse("1.2.3.6"));

        Assert.Equal(content, await File.ReadAllTextAsync(_folder.File, Token));
    }

    private async Task<string> ReadAsync()
    {
        if (!File.Exists(_folder.File))
            return "no file";
        var loaded = await BanListFile.LoadAsync(_folder.File, new BanListOptions { TimeProvider = _clock }, Token);
        return string.Join(' ', loaded.Bans.GetBans().Select(ban => ban.Target.ToString()));
    }

    /// <summary>Until the writer's thread has written; the pauses between writings pass meanwhile.</summary>
    private async Task WaitForFileAsync(string targets, bool advance = true)
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!string.Equals(await ReadAsync(), targets, StringComparison.Ordinal))
        {
            if (advance)
                _clock.Advance(BanListWriter.SaveInterval);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, deadline.Token);
        }
    }
}
