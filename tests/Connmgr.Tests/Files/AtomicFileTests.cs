namespace Connmgr.Tests.Addresses;

public sealed class AtomicFileTests : IDisposable
{
    private readonly FileWorld _files = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task WriteAsync_BeforeTheRename_TheFileIsTheOldOne()
    {
        await AtomicFile.WriteAsync(_files.Peers, "old"u8.ToArray(), cancellationToken: Token);
        var seen = new List<(AtomicFileStep, string)>();

        await AtomicFile.WriteAsync(_files.Peers, "new"u8.ToArray(), step => seen.Add((step, File.ReadAllText(_files.Peers))), cancellationToken: Token);

        Assert.Equal(
            [(AtomicFileStep.Write, "old"), (AtomicFileStep.Flush, "old"), (AtomicFileStep.Rename, "old"), (AtomicFileStep.Done, "new")],
            seen);
        Assert.Equal(["peers.dat"], _files.Names);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WriteAsync_FailureAtAnyStep_LeavesTheOldFileAlone(int failing)
    {
        await AtomicFile.WriteAsync(_files.Peers, "old"u8.ToArray(), cancellationToken: Token);

        await Assert.ThrowsAsync<IOException>(() => AtomicFile.WriteAsync(
            _files.Peers, "new"u8.ToArray(), step => _ = step == (AtomicFileStep)failing ? throw new IOException("full") : 0, cancellationToken: Token));

        Assert.Equal("old", await File.ReadAllTextAsync(_files.Peers, Token));
        Assert.Equal(["peers.dat"], _files.Names);
    }

    [Fact]
    public async Task WriteAsync_SeveralAtOnce_LeavesOneOfThemWhole()
    {
        var contents = Enumerable.Range(0, 8).Select(i => Enumerable.Repeat((byte)i, 100_000).ToArray()).ToArray();

        await Task.WhenAll(contents.Select(content => AtomicFile.WriteAsync(_files.Peers, content, cancellationToken: Token)));

        var written = await File.ReadAllBytesAsync(_files.Peers, Token);
        Assert.Contains(contents, content => content.AsSpan().SequenceEqual(written));
        Assert.Equal(["peers.dat"], _files.Names);
    }
}
