using System.Runtime.Versioning;

namespace Connmgr.Tool.Tests;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Open_Twice_SaysWhoHasIt()
    {
        var path = Path.Combine(_parent, "a", "b");
        using (DataDirectory.Open(path))
        {
            var error = Assert.Throws<DataDirectoryInUseException>(() => DataDirectory.Open(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
            Assert.Contains("another --data-dir", error.Message, StringComparison.Ordinal);
        }

        DataDirectory.Open(path).Dispose();
    }

    [Fact]
    public void Open_PathOfFile_SaysWhatToDo()
    {
        var path = Path.Combine(_parent, "file");
        File.WriteAllText(path, string.Empty);
        var error = Assert.Throws<ToolException>(() => DataDirectory.Open(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Others could put a link in the place of connmgr.pid, or a book in that of peers.dat.</summary>
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Open_OthersMayWriteThere_IsRefusedWithTheCommand()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "folders inherit their permissions there");
        var victim = Path.Combine(_parent, "victim");
        await File.WriteAllTextAsync(victim, "precious", TestContext.Current.CancellationToken);
        var data = Directory.CreateDirectory(Path.Combine(_parent, "data")).FullName;
        File.CreateSymbolicLink(Path.Combine(data, "connmgr.pid"), victim);
        File.SetUnixFileMode(data, (UnixFileMode)0x1FF);

        var run = new ToolRun();
        Assert.Equal(1, await run.RunAsync("run", "--network", "regtest", "--data-dir", data));
        Assert.Contains($"'{data}' has mode 0777: others can write to it. Run 'chmod go-w {data}'.", run.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFileSystemEntries(data));
    }

    [Fact]
    public void Dispose_RemovesTheFileThatNamesTheProcess_OnceOnly()
    {
        var file = Path.Combine(_parent, "connmgr.pid");
        var first = DataDirectory.Open(_parent);
        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(file));
        first.Dispose();
        Assert.False(File.Exists(file));
        using var second = DataDirectory.Open(_parent);
        first.Dispose();
        Assert.True(File.Exists(file));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("link/below")]
    public void Open_LinkThatLeadsNowhere_NamesLinkAndTarget(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take a privilege on Windows.");
        var (link, target) = (Path.Combine(_parent, "link"), Path.Combine(_parent, "not-there"));
        File.CreateSymbolicLink(link, target);
        var error = Assert.Throws<ToolException>(() => DataDirectory.Open(Path.Combine(_parent, path)));
        Assert.Contains($"'{link}' is a symbolic link to '{target}', which does not exist", error.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(target);
        DataDirectory.Open(Path.Combine(_parent, path)).Dispose();
    }

    /// <summary>Expects that a link in its place is not followed, nor a pipe waited for.</summary>
    [Fact]
    public async Task Open_LinkInThePlaceOfTheProcess_IsReplaced()
    {
        var (victim, pid) = (Path.Combine(_parent, "victim"), Path.Combine(_parent, "connmgr.pid"));
        await File.WriteAllTextAsync(victim, "precious", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(pid, victim);

        using (DataDirectory.Open(_parent))
        {
            Assert.Null(new FileInfo(pid).LinkTarget);
            Assert.Equal("precious", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Run_OnDirectoryInUse_ExitsWith1()
    {
        using var directory = DataDirectory.Open(_parent);
        var run = new ToolRun();
        Assert.Equal(1, await run.RunAsync("run", "--until-full", "--data-dir", _parent));
        Assert.Contains("another connmgr", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }
}
