using System.Net;
using System.Runtime.ExceptionServices;

namespace Connmgr.Interop;

/// <summary>
/// A real I2P network of three routers (i2pd) and one that keeps what they publish, in a namespace with nothing but the loopback device, for sessions whose tunnels
/// have length 0: they depend on nothing but the routers of both ends. A router takes up to 12 s to make a session, whatever else it does, so all tests of a class run at once on one network.
/// </summary>
public sealed class I2PNetwork : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-i2pd-").FullName;
    private readonly List<IDisposable> _reaps = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private NetworkNamespace? _network;
    private ExceptionDispatchInfo? _fault;
    private (string Script, string Program) _files;
    private Dictionary<string, Task>? _tests; // By name. Null before the first one.

    internal NetworkNamespace Network => _network ?? throw new InvalidOperationException("the I2P network is not running");

    /// <summary>The SAM port of a router, 1 to 3. Router 3 is the one that may be killed.</summary>
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
        await _end.CancelAsync();
        foreach (var test in (IEnumerable<Task>?)_tests?.Values ?? [])
            await test.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        if (_network is not null)
        {
            await ScriptAsync("stop", [], CancellationToken.None);
            await _network.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        foreach (var reap in _reaps)
            reap.Dispose();
    }

    /// <summary>Runs a test; the first call starts all of them. Skips it where there is no I2P network, and fails it when that did not start.</summary>
    /// <param name="tests">The tests by name, the same in each call.</param>
    /// <param name="name">The name of the one to wait for.</param>
    internal Task RunAsync(IReadOnlyDictionary<string, Func<I2PNetwork, CancellationToken, Task>> tests, string name)
    {
        Servers.RequireI2P();
        Servers.RequireNamespaces();
        _fault?.Throw();
        lock (_lock)
        {
            _tests ??= tests.ToDictionary(static test => test.Key, test => Task.Run(() => test.Value(this, _end.Token)), StringComparer.Ordinal);
            return _tests[name];
        }
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
