using System.Runtime.Versioning;

namespace Connmgr.Tests.Files;

[UnsupportedOSPlatform("windows")]
public sealed class NamedFileTests : IDisposable
{
    private const int Maximum = 10_000;

    private readonly string _folder;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File1 => Path.Combine(_folder, "file");

    private string Other => Path.Combine(_folder, "other");

    public NamedFileTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files, and links take a privilege there.");
        _folder = Directory.CreateTempSubdirectory("connmgr-files-").FullName;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(Maximum)]
    public async Task ReadAsync_UpToTheMaximum_GivesAllOfIt(int length)
    {
        var content = Content(length);
        await File.WriteAllBytesAsync(File1, content, Token);

        Assert.Equal(content, (await NamedFile.ReadAsync(File1, Maximum, Token)).ToArray());
    }

    [Fact]
    public async Task ReadAsync_AByteMore_IsRefused()
    {
        await File.WriteAllBytesAsync(File1, Content(Maximum + 1), Token);

        var error = await Assert.ThrowsAsync<FileTooLongException>(() => NamedFile.ReadAsync(File1, Maximum, Token));

        Assert.Equal($"'{File1}' has more than {Maximum} bytes, which is the most for such a file.", error.Message);
    }

    /// <summary>Its length is 0 for the system, as that of a device is.</summary>
    [Fact]
    public async Task ReadAsync_AFileWhoseLengthIsNotKnown_IsReadAndBounded()
    {
        const string path = "/proc/self/maps";
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no /proc");

        Assert.Equal(0, new FileInfo(path).Length);
        Assert.False((await NamedFile.ReadAsync(path, 100 << 20, Token)).IsEmpty);
        await Assert.ThrowsAsync<FileTooLongException>(() => NamedFile.ReadAsync(path, 100, Token));
    }

    [Fact]
    public async Task ReadAsync_Fifo_IsRefusedAtOnce()
    {
        UnixCalls.MakeFifo(File1);

        var error = await Assert.ThrowsAsync<IOException>(() => NamedFile.ReadAsync(File1, Maximum, Token));

        Assert.Equal($"'{File1}' is a pipe, not a regular file: save its content as a file, and name that.", error.Message);
    }

    [Fact]
    public async Task ReadAsync_LinkToAFifo_IsRefusedAtOnce()
    {
        UnixCalls.MakeFifo(Other);
        File.CreateSymbolicLink(File1, Other);

        await Assert.ThrowsAsync<IOException>(() => NamedFile.ReadAsync(File1, Maximum, Token));
        await Assert.ThrowsAsync<IOException>(() => NamedFile.ReadStartAsync(File1, 4, Token));
    }

    [Theory]
    [InlineData("/dev/zero", "a device")]
    [InlineData("/", "a directory")]
    public async Task ReadAsync_OtherKinds_AreRefused(string path, string kind)
    {
        var error = await Assert.ThrowsAsync<IOException>(() => NamedFile.ReadAsync(path, Maximum, Token));

        Assert.Contains(kind, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_Link_IsFollowed()
    {
        await File.WriteAllTextAsync(Other, "content", Token);
        File.CreateSymbolicLink(File1, "other");

        Assert.Equal("content"u8.ToArray(), (await NamedFile.ReadAsync(File1, Maximum, Token)).ToArray());
    }

    [Fact]
    public async Task ReadAsync_NoFile_SaysSo()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => NamedFile.ReadAsync(File1, Maximum, Token));
        File.CreateSymbolicLink(File1, "other");
        await Assert.ThrowsAsync<FileNotFoundException>(() => NamedFile.ReadAsync(File1, Maximum, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => NamedFile.ReadAsync("a\0b", Maximum, Token));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(9, 4)]
    public async Task ReadStartAsync_GivesTheFirstBytes(int length, int expected)
    {
        await File.WriteAllBytesAsync(File1, Content(length), Token);

        Assert.Equal(Content(expected), (await NamedFile.ReadStartAsync(File1, 4, Token)).ToArray());
    }

    [Fact]
    public async Task WriteAsync_ExistingFile_KeepsItsPermissions()
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead;
        await File.WriteAllTextAsync(File1, "old", Token);
        File.SetUnixFileMode(File1, mode);

        await NamedFile.WriteAsync(File1, "new"u8.ToArray(), cancellationToken: Token);

        Assert.Equal("new", await File.ReadAllTextAsync(File1, Token));
        Assert.Equal(mode, File.GetUnixFileMode(File1));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task WriteAsync_NewFile_IsItsOwnersAlone()
    {
        await NamedFile.WriteAsync(File1, "new"u8.ToArray(), cancellationToken: Token);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteAsync_Link_ReplacesWhatItLeadsTo(bool isThere)
    {
        if (isThere)
            await File.WriteAllTextAsync(Other, "old", Token);
        File.CreateSymbolicLink(File1, "other");

        await NamedFile.WriteAsync(File1, "new"u8.ToArray(), cancellationToken: Token);

        Assert.Equal("other", new FileInfo(File1).LinkTarget);
        Assert.Equal("new", await File.ReadAllTextAsync(Other, Token));
    }

    /// <summary>More than the pipe holds, so that the writer has to wait for the reader.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(300_000)]
    public async Task WriteAsync_Fifo_IsWrittenInto(int length)
    {
        UnixCalls.MakeFifo(File1);
        using var handle = UnixFile.OpenToRead(File1);
        await using var reader = new FileStream(handle, FileAccess.Read, bufferSize: 0);

        var writing = NamedFile.WriteAsync(File1, Content(length), cancellationToken: Token);

        var read = new byte[length];
        for (var used = 0; used < length;)
        {
            try
            {
                used += await reader.ReadAsync(read.AsMemory(used), Token);
            }
            catch (IOException)
            {
                await Task.Yield(); // The pipe is empty for now.
            }
        }

        await writing;
        Assert.Equal(Content(length), read);
        Assert.Equal(FileKind.Pipe, UnixFile.Describe(File1)!.Value.Kind);
    }

    [Fact]
    public async Task WriteAsync_FifoThatNobodyReads_SaysSo()
    {
        UnixCalls.MakeFifo(File1);

        var error = await Assert.ThrowsAsync<IOException>(() => NamedFile.WriteAsync(File1, "new"u8.ToArray(), cancellationToken: Token));

        Assert.Contains("no process reads", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_FifoThatIsFull_EndsWithTheToken()
    {
        UnixCalls.MakeFifo(File1);
        using var handle = UnixFile.OpenToRead(File1);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var writing = NamedFile.WriteAsync(File1, Content(1 << 20), cancellationToken: end.Token);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    /// <summary>A device of the test's own: a fault here would replace the one of the system.</summary>
    [Fact]
    public async Task WriteAsync_Device_StaysADevice()
    {
        Assert.SkipUnless(UnixCalls.TryMakeNull(File1), "no devices can be made here");

        await NamedFile.WriteAsync(File1, "new"u8.ToArray(), cancellationToken: Token);

        Assert.Equal(FileKind.CharacterDevice, UnixFile.Describe(File1)!.Value.Kind);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task WriteAsync_Directory_IsRefused()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => NamedFile.WriteAsync(_folder, "new"u8.ToArray(), cancellationToken: Token));

        Assert.Contains("a directory", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Standard output that a shell has redirected: what it has is not replaced.</summary>
    [Fact]
    public async Task WriteAsync_OpenFileOfAProcess_IsAppendedTo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no /proc");
        await File.WriteAllTextAsync(File1, "old,", Token);
        using var handle = File.OpenHandle(File1, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

        await NamedFile.WriteAsync($"/proc/{Environment.ProcessId}/fd/{handle.DangerousGetHandle()}", "new"u8.ToArray(), cancellationToken: Token);

        Assert.Equal("old,new", await File.ReadAllTextAsync(File1, Token));
    }

    private static byte[] Content(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
}
