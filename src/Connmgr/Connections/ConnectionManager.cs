using System.Net;

namespace Connmgr;

/// <summary>Stub.</summary>
public sealed class ConnectionManager : IAsyncDisposable
{
    /// <summary>x</summary>
    public ConnectionManager(ConnectionManagerOptions options) => ArgumentNullException.ThrowIfNull(options);
    /// <summary>x</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <summary>x</summary>
    public void RequestStop() => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task Completion => throw new NotSupportedException();
    /// <summary>x</summary>
    public ConnectionRequest Connect(EndPoint endPoint, bool permanent = false) => throw new NotSupportedException();
    /// <summary>x</summary>
    public ConnectionRequest NewConnectionRequest() => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task<bool> DisconnectAsync(long id, bool triggerReconnect = false) => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task<bool> RemoveAsync(long id) => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task SetTargetOutboundAsync(int targetOutbound) => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task SetMaxInboundAsync(int? maxInbound) => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task SuspendAsync() => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task ResumeAsync() => throw new NotSupportedException();
    /// <summary>x</summary>
    public void NotifyAddressesAvailable() => throw new NotSupportedException();
    /// <summary>x</summary>
    public void NotifyNetworkChanged() => throw new NotSupportedException();
    /// <summary>x</summary>
    public Task<ConnectionManagerSnapshot> GetSnapshotAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <summary>x</summary>
    public IAsyncEnumerable<ConnectionEvent> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <summary>x</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
