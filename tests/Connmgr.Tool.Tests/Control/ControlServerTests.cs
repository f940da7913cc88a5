using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Connmgr.Tool.Tests;

public sealed class ControlServerTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Start_Directory_IsItsOwnersAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using var directory = DataDirectory.Open(Path.Combine(_parent, "data"));
        await using var server = Start(directory);
        var all = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(all | UnixFileMode.UserExecute, File.GetUnixFileMode(directory.Path));
        Assert.Equal(all, File.GetUnixFileMode(Path.Combine(directory.Path, ControlSocket.FileName)));
    }

    [Fact]
    public async Task Start_StaleSocket_TakesItsPlace()
    {
        using var directory = DataDirectory.Open(_parent);
        var path = Path.Combine(_parent, ControlSocket.FileName);
        LeaveSocket(path);
        Assert.Null(await OpenAsync(directory));
        await using (Start(directory))
        {
            using var client = await OpenAsync(directory);
            Assert.NotNull(client);
        }

        Assert.False(File.Exists(path));
        Assert.Null(await OpenAsync(directory));
    }

    [Fact]
    public async Task Start_LongPath_IsReachedThroughALink()
    {
        using var directory = DataDirectory.Open(Path.Combine(_parent, new string('a', 200)));
        var path = Path.Combine(directory.Path, ControlSocket.FileName);
        string link;
        var server = Start(directory);
        await using (server.ConfigureAwait(true))
        {
            link = new FileInfo(path).LinkTarget!;
            using var client = await OpenAsync(directory);
            Assert.Equal("sandbox", client!.Greeting.Network);
        }

        Assert.False(Path.Exists(Path.GetDirectoryName(link)));
        Assert.Null(new FileInfo(path).LinkTarget);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(path, link); // As left by kill -9.
        Assert.Null(await OpenAsync(directory));
        await using (Start(directory))
            Assert.False(Path.Exists(Path.GetDirectoryName(link)));
    }

    [Fact]
    public async Task Start_TooManyClients_AreToldAndLaterServed()
    {
        using var directory = DataDirectory.Open(_parent);
        await using var server = Start(directory);
        var clients = new List<ControlClient>();
        for (var i = 0; i < ControlProtocol.MaxClients; i++)
            clients.Add((await OpenAsync(directory))!);
        using (var oneTooMany = await OpenAsync(directory))
        {
            var error = await Assert.ThrowsAsync<ToolException>(() => AskAsync(oneTooMany!));
            Assert.Contains("16 clients", error.Message, StringComparison.Ordinal);
        }

        clients[0].Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using var client = await OpenAsync(directory);
            try
            {
                return (await AskAsync(client!)).Target == 1;
            }
            catch (ToolException)
            {
                return false;
            }
        });
        foreach (var client in clients.Skip(1))
        {
            Assert.Equal(1, (await AskAsync(client)).Target);
            client.Dispose();
        }
    }

    [Fact]
    public async Task Dispose_WithClients_EndsThem()
    {
        using var directory = DataDirectory.Open(_parent);
        var server = Start(directory);
        using var client = await OpenAsync(directory);
        await server.DisposeAsync();
        var error = await Assert.ThrowsAsync<ToolException>(() => AskAsync(client!));
        Assert.Contains("ended before it answered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_DirectoryGone_EndsAllTheSame()
    {
        using var directory = DataDirectory.Open(Path.Combine(_parent, "data"));
        var server = Start(directory);
        Directory.Delete(directory.Path, recursive: true);
        await server.DisposeAsync();
    }

    /// <summary>Leaves a socket without a listener, as kill -9 does: closing a socket removes it.</summary>
    private static void LeaveSocket(string path)
    {
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
        }

        File.Move(path + ".kept", path);
    }

    private static Task<TargetItem> AskAsync(ControlClient client) =>
        client.InvokeOneAsync(PeerVerbs.SetTarget, new TargetArguments(1), CancellationToken.None);

    private static ControlServer Start(DataDirectory directory) => ControlServer.Start(
        directory, "sandbox", [PeerVerbs.SetTarget.HandleOne((arguments, _) => Task.FromResult(new TargetItem(arguments.Target, 0)))], TimeProvider.System);

    private static Task<ControlClient?> OpenAsync(DataDirectory directory) =>
        ControlClient.TryOpenAsync(directory.Path, TimeProvider.System, CancellationToken.None);
}
