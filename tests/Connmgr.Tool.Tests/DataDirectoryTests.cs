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
