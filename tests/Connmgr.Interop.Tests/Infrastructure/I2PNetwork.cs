using System.Net;
using System.Runtime.ExceptionServices;

namespace Connmgr.Interop;

/// <summary>
/// A real I2P network of five routers (i2pd), in a namespace with nothing but the loopback device. It takes a few seconds to start, and some more until tunnels
/// can be built, so all tests share one; they run one after the other.
/// </summary>
public sealed class I2PNetwork : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-i2pd-").FullName;
    private readonly List<IDisposable> _reaps = [];
    private NetworkNamespace? _network;
    private ExceptionDispatchInfo? _fault;
    private (string Script, string Program) _files;

    internal NetworkNamespace Network => _network ?? throw new InvalidOperationException("the I2P network is not running");

    /// <summary>The SAM port of a router, 1 to 5.</summary>
    public static IPEndPoint Sam(int router) => new(IPAddress.Loopback, 17650 + router);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!Servers.HasI2PNetwork)
            return; // The first line of each test says why.
        try
        {
            _files = Servers.RequireI2P();
            _reaps.Add(Reaper.Instance.Add($"rm -rf {_folder}"));
            _network = await NetworkNamespace.CreateAsync(TestContext.Current.CancellationToken);
            _reaps.Add(Reaper.Instance.Add($"bash {_files.Script} stop {_folder}"));
            await ScriptAsync("start", [], TestContext.Current.CancellationToken);
        }
        catch (Exception exception)
        {
            _fault = ExceptionDispatchInfo.Capture(exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_network is not null)
        {
            await ScriptAsync("stop", [], CancellationToken.None);
            await _network.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        foreach (var reap in _reaps)
            reap.Dispose();
    }

    /// <summary>Skips the test where there is no I2P network, and fails it when it did not start.</summary>
    internal void Require()
    {
        Servers.RequireI2P();
        Servers.RequireNamespaces();
        _fault?.Throw();
    }

    /// <summary>Opens plain connections inside the namespace: to SAM ports.</summary>
    internal ValueTask<Stream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        Network.Run(() => ProxyConnector.For(endPoint)(endPoint, cancellationToken));

    /// <summary>Ends a router without asking.</summary>
    internal Task KillAsync(int router, CancellationToken cancellationToken) => ScriptAsync("kill", [$"{router}"], cancellationToken);

    /// <summary>Starts a router again, and waits until it answers.</summary>
    internal Task RunAgainAsync(int router, CancellationToken cancellationToken) => ScriptAsync("run", [$"{router}"], cancellationToken);

    private Task<string> ScriptAsync(string command, string[] more, CancellationToken cancellationToken) => ServerProcess.RunAsync(
        "env", [$"I2PD={_files.Program}", "bash", _files.Script, command, _folder, .. more], _network, cancellationToken);
}
