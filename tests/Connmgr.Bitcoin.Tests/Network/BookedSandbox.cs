using System.Net;
using System.Net.Sockets;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>A sandbox without misbehaviour whose peers are to be found as on a real network, and a directory for what is kept.</summary>
internal sealed class BookedSandbox : IAsyncDisposable
{
    /// <summary>
    /// As by default, but with no feeler and no further peer at a moment of chance while a test counts those that it wants.
    /// </summary>
    public static readonly PeerPolicies Calm = new() { FeelerInterval = null, ExtraNetworkInterval = null };

    /// <summary>
    /// The least number of 8 peers in the tried table. Of two peers with one place there (one network in 600 has such), the second waits in
    /// the other table until the first was tested; four such peers are not to be expected.
    /// </summary>
    public const int LeastTried = 5;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-network-");
    private int _lookups;

    public BookedSandbox(Action<SandboxNetworkOptions>? configure = null)
    {
        var options = new SandboxNetworkOptions
        {
            Peers = 80,
            DeadShare = 0,
            SlowShare = 0,
            ResettingShare = 0,
            SilentShare = 0,
            RestlessShare = 0,
            HostileShare = 0,
            Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)),
        };
        configure?.Invoke(options);
        Sandbox = new SandboxNetwork(options);
    }

    public SandboxNetwork Sandbox { get; }

    public string Folder => _folder.FullName;

    public ChainDirectory Files => ChainDirectory.FromDataDirectory(Folder, SandboxNetwork.Chain);

    /// <summary>The number of names looked up.</summary>
    public int Lookups => Volatile.Read(ref _lookups);

    /// <summary>True when there is a DNS that answers.</summary>
    public bool HasDns { get; set; } = true;

    /// <summary>Makes the options of a user, with the shortest way for each step that takes time.</summary>
    public PeerNetworkOptions Options(bool keeps = false) => new()
    {
        Chain = SandboxNetwork.SeededChain,
        Dial = Sandbox.DialAsync,
        Lookup = LookupAsync,
        DataDirectory = keeps ? Folder : null,
        Policies = Calm,
    };

    /// <summary>Puts hosts into a book, with the services asked for.</summary>
    public void Fill(AddressBook book, Func<SandboxHost, bool> which, ulong services = 9)
    {
        foreach (var host in Sandbox.Hosts.Where(which))
        {
            var address = NetworkAddress.FromIPAddress(host.EndPoint.Address);
            book.Add(new PeerAddress(new(address, (ushort)host.EndPoint.Port), services, TimeProvider.System.GetUtcNow()), address);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lookups);
        return HasDns ? Sandbox.LookupAsync(host, cancellationToken) : throw new SocketException((int)SocketError.TryAgain);
    }
}
