namespace Connmgr.Interop;

public sealed class ReaperTests
{
    [Fact]
    public async Task DisposeAsync_CommandsLeft_CarriesThemOutAndNoOthers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the servers of the tests run on Linux");
        var folder = Directory.CreateTempSubdirectory("connmgr-reaper-").FullName;
        try
        {
            await using (var reaper = new Reaper())
            {
                reaper.Add($"touch {folder}/left");
                reaper.Add($"touch {folder}/taken-back").Dispose();
            }

            Assert.Equal("left", Path.GetFileName(Assert.Single(Directory.GetFiles(folder))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
