using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>
/// Runs one instance within the host: creates it before any service starts, so that unusable settings fail the start early; starts it
/// without waiting for peers; applies changed settings; and stops it within the host's deadline.
/// </summary>
internal sealed class ConnectionsService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TSettings>(
    InstanceState state, IOptionsMonitor<TSettings> monitor, ImmutableArray<SettingKey<TSettings>> keys, Func<Hosted> open, ILogger logger)
    : IHostedLifecycleService, IDisposable
    where TSettings : ConnectionSettings
{
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>The changed settings, not applied yet. Of several changes only the latest counts.</summary>
    private readonly Channel<TSettings> _changes =
        Channel.CreateBounded<TSettings>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private Hosted? _hosted;
    private IDisposable? _subscription;
    private Task _watching = Task.CompletedTask;
    private Task _updating = Task.CompletedTask;
    private volatile bool _isStopping;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            _hosted = open();
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            HostingLog.NotStarted(logger, exception.Message);
            throw;
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var hosted = _hosted ??= open(); // Hosts without StartingAsync begin here.
        var settings = (TSettings)state.Settings!;
        using (ExecutionContext.SuppressFlow())
            _watching = WatchAsync(hosted);
        try
        {
            await hosted.Start(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            HostingLog.NotStarted(logger, exception.Message);
            throw;
        }

        state.OnStarted();
        if (settings.IsSectionMissing)
            HostingLog.SectionMissing(logger, settings.SectionPath);
        HostingLog.Started(logger, settings.WantedOutbound, settings.PermanentPeers.Count, settings.ListenOn.Count + settings.OnionListenOn.Count);
        using (ExecutionContext.SuppressFlow())
            _updating = UpdateAsync(new SettingsUpdate<TSettings>(state, hosted, keys, settings, logger), _stopped.Token);
        _subscription = monitor.OnChange(OnChange);
        OnChange(monitor.Get(state.Name), state.Name); // Changes since it was created.
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        _subscription?.Dispose();
        try
        {
            if (_hosted is not null)
            {
                await _hosted.Stop(cancellationToken).ConfigureAwait(false);
                HostingLog.Stopped(logger);
            }
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            // Rethrown, it would hide the failures of other services.
            HostingLog.CutShort(logger, exception.Message);
        }
        finally
        {
            await _stopped.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_watching, _updating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _subscription?.Dispose();
        _stopped.Dispose();
    }

    private void OnChange(TSettings settings, string? name)
    {
        if (string.Equals(name ?? Options.DefaultName, state.Name, StringComparison.Ordinal))
            _changes.Writer.TryWrite(settings);
    }

    private async Task UpdateAsync(SettingsUpdate<TSettings> update, CancellationToken cancellationToken)
    {
        await foreach (var settings in _changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            await update.UpdateAsync(settings, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records progress for the health check, until the manager has stopped.</summary>
    private async Task WatchAsync(Hosted hosted)
    {
        await foreach (var happened in hosted.Connections.WatchAsync(_stopped.Token).ConfigureAwait(false))
        {
            // One-off connections, such as feelers, are not among the wanted ones.
            if (happened is ConnectionEstablished { Connection.Kind: ConnectionKind.Automatic or ConnectionKind.Permanent })
                state.OnEstablished();
        }

        if (!_isStopping)
            HostingLog.StoppedByItself(logger);
    }
}

/// <summary>The functions by which a hosted service starts and stops its instance.</summary>
/// <param name="Connections">The manager of the instance.</param>
/// <param name="Start">Starts it; does not wait for connections.</param>
/// <param name="Stop">Stops it, and waits for its end until the token is cancelled.</param>
/// <param name="DefaultPort">The port of peers that are given without one; 0 for none.</param>
internal sealed record Hosted(ConnectionManager Connections, Func<CancellationToken, Task> Start, Func<CancellationToken, Task> Stop, int DefaultPort)
{
    /// <summary>Changes the number of outbound connections, and their groups, to those of settings.</summary>
    public required Func<ConnectionSettings, CancellationToken, Task> SetOutbound { get; init; }
}
