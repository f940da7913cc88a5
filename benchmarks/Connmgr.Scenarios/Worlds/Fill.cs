using System.Net;

namespace Connmgr.Scenarios;

/// <summary>A manager from its start until all slots are filled.</summary>
internal sealed class Fill : IAsyncDisposable
{
    private readonly ConnectionManager _manager;
    private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _dial;
    private readonly int _target;
    private int _handed;
    private int _dials;

    /// <param name="target">The slots.</param>
    /// <param name="dial">The dialler.</param>
    /// <param name="configure">Changes the options, which are the defaults except for the target and the limit by netgroup, of which the addresses have few.</param>
    /// <param name="handler">Handles a connection until its end; null to do nothing.</param>
    public Fill(
        int target,
        Func<EndPoint, CancellationToken, ValueTask<Stream>> dial,
        Action<ConnectionManagerOptions>? configure = null,
        Func<Connection, CancellationToken, Task>? handler = null)
    {
        _target = target;
        _dial = dial;
        var addresses = new NumberedAddresses();
        var options = new ConnectionManagerOptions
        {
            TargetOutbound = target,
            Dial = DialAsync,
            GetNewAddress = _ => addresses.NextAsync(),
            OnConnection = (_, connection, token) =>
            {
                if (Interlocked.Increment(ref _handed) == _target)
                    _full.SetResult();
                return handler is null ? connection.Closed : handler(connection, token);
            },
            MaxOutboundPerNetgroup = int.MaxValue,
        };
        configure?.Invoke(options);
        _manager = new(options);
    }

    /// <summary>The number of dials started so far.</summary>
    public int Dials => Volatile.Read(ref _dials);

    /// <summary>Starts, and waits until all slots are filled.</summary>
    /// <returns>The cost, and the number of dials started until then.</returns>
    public async Task<(Cost Cost, int Dials)> RunAsync()
    {
        var meter = Meter.Start();
        await _manager.StartAsync();
        await _full.Task;
        return (meter.Read(), Dials);
    }

    public ValueTask DisposeAsync() => _manager.DisposeAsync();

    private ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _dials);
        return _dial(endPoint, cancellationToken);
    }
}
