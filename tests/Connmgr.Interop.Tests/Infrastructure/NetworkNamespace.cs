using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Connmgr.Interop;

/// <summary>
/// A Linux network namespace with nothing but the loopback device in it, on which every IPv4 address is local: real programs meet at real,
/// routable addresses, and nothing leaves the machine. Removed with all that was set in it when disposed, or when the test process ends.
/// </summary>
/// <remarks>
/// Code of this process takes part through <see cref="Run{T}"/>: a socket belongs to the namespace of the thread that made it, and works from
/// every thread from then on. So <c>Dial = (endPoint, token) => network.Run(() => dialer.DialAsync(endPoint, token))</c> puts a manager's
/// connections into the namespace, and <c>network.Run(() => TcpConnectionListener.Listen(...))</c> its listener.
/// </remarks>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private const int NewNetwork = 0x40000000;

    private static int _count;

    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _inside;
    private readonly IDisposable _reap;
    private readonly IDisposable _reapSettings;

    private NetworkNamespace(string name)
    {
        Name = name;
        _reap = Reaper.Instance.Add($"ip netns delete {name}");
        _reapSettings = Reaper.Instance.Add($"rm -rf {Settings}");
        _inside = new Thread(WorkInside) { IsBackground = true, Name = $"inside {name}" };
    }

    /// <summary>Unique on this machine.</summary>
    public string Name { get; }

    /// <summary>What ip netns puts in the place of files of /etc.</summary>
    private string Settings => $"/etc/netns/{Name}";

    /// <summary>Makes a namespace. Skips the test where that is not possible.</summary>
    public static Task<NetworkNamespace> CreateAsync(CancellationToken cancellationToken) => CreateAsync(isEverywhere: true, cancellationToken);

    /// <summary>Makes a namespace, in which no address is local but those that are added, unless it is everywhere.</summary>
    public static async Task<NetworkNamespace> CreateAsync(bool isEverywhere, CancellationToken cancellationToken)
    {
        Servers.RequireNamespaces();
        string name;
        do
            name = string.Create(CultureInfo.InvariantCulture, $"connmgr-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        while (File.Exists($"/run/netns/{name}")); // Left by a process of that id whose machine went down.
        var network = new NetworkNamespace(name);
        try
        {
            await IpAsync(["netns", "add", name], cancellationToken);
            await network.RunIpAsync("link set lo up", cancellationToken);

            if (isEverywhere)
            {
                // A program that looks whether the machine has IPv4 at all wants an address that is not 127.0.0.1.
                await network.RunIpAsync("address add 20.0.0.1/32 dev lo", cancellationToken);
                await network.RunIpAsync("route add local 0.0.0.0/0 dev lo", cancellationToken);
            }

            network._inside.Start();
            await network._entered.Task.WaitAsync(cancellationToken);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds an IPv6 address, which, unlike IPv4 ones, is not local by itself. Skips the test where IPv6 is switched off.</summary>
    public async Task AddAddressAsync(IPAddress address, CancellationToken cancellationToken)
    {
        Assert.Equal(AddressFamily.InterNetworkV6, address.AddressFamily);
        Servers.RequireIPv6();
        await RunIpAsync($"address add {address}/128 dev lo nodad", cancellationToken);

        // The kernel sets up its route a moment later.
        var routes = "";
        await Poll.UntilAsync(
            async token => (routes = await RunIpAsync("-6 route show table local", token)).Contains($"local {address} ", StringComparison.Ordinal),
            () => $"no local route to {address} in {Name}: {routes}",
            cancellationToken);
    }

    /// <summary>Makes an address the name server of the system's resolver, for programs that are started inside from now on.</summary>
    public void UseNameServer(IPAddress address)
    {
        Directory.CreateDirectory(Settings);
        File.WriteAllText(Path.Combine(Settings, "resolv.conf"), $"nameserver {address}\n");
    }

    /// <summary>Runs a program (nft, ss, ...) inside to its end; returns what it wrote.</summary>
    public Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ServerProcess.RunAsync(program, arguments, this, cancellationToken);

    /// <summary>Runs ip inside, with arguments that spaces separate; returns what it wrote.</summary>
    public Task<string> RunIpAsync(string arguments, CancellationToken cancellationToken) =>
        IpAsync(["-n", Name, .. arguments.Split(' ')], cancellationToken);

    /// <summary>Calls a function on a thread that is inside: every socket made before its first await belongs to the namespace.</summary>
    public T Run<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });

        // The thread inside does nothing but run such functions to their first await, so this is a short wait.
#pragma warning disable RS0030, VSTHRD002 // A function for use in delegates that are not asynchronous.
        return result.Task.GetAwaiter().GetResult();
#pragma warning restore RS0030, VSTHRD002
    }

    public async ValueTask DisposeAsync()
    {
        _work.CompleteAdding();
        if (_inside.ThreadState.HasFlag(ThreadState.Unstarted) is false)
        {
            _inside.Join();
        }

        _work.Dispose();
        await IpAsync(["netns", "delete", Name], CancellationToken.None);
        _reap.Dispose();
        if (Directory.Exists(Settings))
        {
            Directory.Delete(Settings, recursive: true);
        }

        _reapSettings.Dispose();
    }

    private static Task<string> IpAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ServerProcess.RunAsync("ip", arguments, network: null, cancellationToken);

    private void WorkInside()
    {
        try
        {
            using var file = File.OpenHandle($"/run/netns/{Name}");
            if (Enter(file, NewNetwork) != 0)
            {
                throw new InvalidOperationException($"cannot enter the network namespace {Name}: error {Marshal.GetLastPInvokeError()}");
            }

            _entered.SetResult();
        }
        catch (Exception exception)
        {
            _entered.SetException(exception);
            return;
        }

        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Enter(Microsoft.Win32.SafeHandles.SafeFileHandle file, int kind);
}
