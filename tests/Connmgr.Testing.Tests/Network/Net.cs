using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Testing.Tests;

/// <summary>A network with a fake clock, and the addresses that the tests use.</summary>
internal sealed class Net : IAsyncDisposable
{
    public static readonly IPEndPoint Host = IPEndPoint.Parse("1.2.3.4:8333");
    public static readonly IPEndPoint Other = IPEndPoint.Parse("5.6.7.8:8333");

    public Net(Action<MemoryNetworkOptions>? configure = null)
    {
        var options = new MemoryNetworkOptions { TimeProvider = Time };
        configure?.Invoke(options);
        Network = new MemoryNetwork(options);
    }

    public FakeTimeProvider Time { get; } = new();

    public MemoryNetwork Network { get; }

    public MemoryNetworkStatistics Statistics => Network.GetStatistics();

    public Task<Stream> Dial(EndPoint? host = null, CancellationToken cancellationToken = default) =>
        Network.DialAsync(host ?? Host, cancellationToken).AsTask();

    public Task<Stream> Dial(HostBehavior behavior, CancellationToken cancellationToken = default)
    {
        Network.SetBehavior(Host, behavior);
        return Dial(Host, cancellationToken);
    }

    public void Advance(double milliseconds) => Time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    public ValueTask DisposeAsync() => Network.DisposeAsync();
}
