using System.Runtime.Versioning;

namespace Connmgr.Tests.Files;

[UnsupportedOSPlatform("windows")]
public sealed class PrivateFolderTests : IDisposable
{
    private const uint Us = 1000;

    private readonly string _folder;

    public PrivateFolderTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files, and links take a privilege there.");
        _folder = Directory.CreateTempSubdirectory("connmgr-files-").FullName;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Us, "700")]
    [InlineData(Us, "755")]
    [InlineData(0, "755")]
    public void Fault_OursOrRoots_IsNone(uint owner, string mode) => Assert.Null(Fault(("/", 0, "755"), ("/data", owner, mode)));

    [Fact]
    public void Fault_OfAnother_NamesTheCommand() => Assert.Equal(
        "'/data' belongs to user 65534, and this process runs as user 1000: its owner could change what is in it. Run 'chown -R 1000 /data', or run this as user 65534.",
        Fault(("/", 0, "755"), ("/data", 65534, "700")));

    [Theory]
    [InlineData("770", "0770")]
    [InlineData("1777", "1777")]
    [InlineData("2775", "2775")]
    [InlineData("702", "0702")]
    public void Fault_OthersMayWrite_NamesTheCommand(string mode, string shown) => Assert.Equal(
        $"'/data' has mode {shown}: others can write to it. Run 'chmod go-w /data'.", Fault(("/", 0, "755"), ("/data", Us, mode)));

    [Fact]
    public void Fault_PathOfAShell_IsQuoted() => Assert.EndsWith(
        "Run 'chmod go-w '/my data'\\''s''.", Fault(("/", 0, "755"), ("/my data's", Us, "777")), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "1777", true)]
    [InlineData(0, "777", false)]
    [InlineData(Us, "777", false)]
    [InlineData(Us, "775", true)]
    [InlineData(65534, "755", true)]
    [InlineData(1001, "755", false)]
    public void Fault_FolderAbove_MayNotLetOthersReplaceIt(uint owner, string mode, bool isRight)
    {
        Assert.Equal(isRight, Fault(("/", 0, "755"), ("/home", owner, mode), ("/home/x", Us, "700"), ("/home/x/data", Us, "700")) is null);
        Assert.Equal(isRight, GetFault("/home/x/data", ("/", 0, "755"), ("/home", owner, mode), ("/home/x", Us, "700")) is null); // Not there yet.
    }

    [Fact]
    public void Require_ModeIsMended_Passes()
    {
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1FF);
        var error = Assert.Throws<UnauthorizedAccessException>(() => PrivateFolder.Require(_folder));
        Assert.Contains($"chmod go-w {_folder}", error.Message, StringComparison.Ordinal);

        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ED);
        PrivateFolder.Require(_folder + "/");
        PrivateFolder.Require(Path.Combine(_folder, "new"));
    }

    [Fact]
    public void Require_Link_IsOfWhatItLeadsTo()
    {
        var (target, link) = (Path.Combine(_folder, "target"), Path.Combine(_folder, "link"));
        Directory.CreateDirectory(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateSymbolicLink(link, "target");
        PrivateFolder.Require(link);

        File.SetUnixFileMode(target, (UnixFileMode)0x1FF);

        Assert.Contains("target", Assert.Throws<UnauthorizedAccessException>(() => PrivateFolder.Require(link)).Message, StringComparison.Ordinal);
    }

    private static string? Fault(params (string Path, uint Owner, string Mode)[] folders) => GetFault(folders[^1].Path, folders);

    private static string? GetFault(string path, params (string Path, uint Owner, string Mode)[] folders)
    {
        var known = folders.ToDictionary(
            folder => folder.Path, folder => new FileFacts(FileKind.Directory, (UnixFileMode)Convert.ToInt32(folder.Mode, 8), folder.Owner, 0), StringComparer.Ordinal);
        return PrivateFolder.Fault(path, Us, at => known.TryGetValue(at, out var facts) ? facts : null);
    }
}
