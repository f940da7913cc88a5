using System.Net;

namespace Connmgr.Testing;

/// <summary>
/// Creates the behaviour of each host when it is dialled: until then a host costs nothing but its address. Thread-safe.
/// </summary>
internal sealed class SandboxHosts(SandboxWorld world)
{
    private static readonly SendRate SlowPace = new(100, TimeSpan.FromMilliseconds(50));

    private readonly Dictionary<EndPoint, SandboxHost> _hosts = world.Hosts.ToDictionary(static host => (EndPoint)host.EndPoint);

    public HostBehavior? Find(EndPoint endPoint)
    {
        if (!_hosts.TryGetValue(endPoint, out var host))
            return null;

        var traits = SandboxTraits.Create(host, world.Options);
        return host.Kind switch
        {
            SandboxHostKind.Swallowing => HostBehavior.Swallowing,
            SandboxHostKind.Refusing => HostBehavior.Refusing with { Latency = traits.Latency },
            SandboxHostKind.Unreachable => HostBehavior.Unreachable with { Latency = traits.Latency },
            _ => HostBehavior.Serving((stream, token) => ServeAsync(host, stream, token)) with
            {
                Latency = traits.Latency,
                ResetAfterBytes = host.Kind == SandboxHostKind.Resetting ? traits.ResetAfterBytes : null,
                SendRate = host.Kind == SandboxHostKind.Slow ? SlowPace : null,
            },
        };
    }

    private Task ServeAsync(SandboxHost host, Stream stream, CancellationToken cancellationToken) =>
        new SandboxConversation(world, host, (MemoryNetworkStream)stream, ConnectionDirection.Inbound).RunAsync(cancellationToken);
}

/// <summary>The state that all peers of a sandbox share.</summary>
internal sealed class SandboxWorld(SandboxNetworkOptions options, SandboxHost[] hosts)
{
    public SandboxNetworkOptions Options { get; } = options;

    public SandboxHost[] Hosts { get; } = hosts;

    public SandboxChain Chain { get; } = new(options);

    public TimeProvider Time => Options.TimeProvider;
}
