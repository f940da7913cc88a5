using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>
/// Runs one instance within the host: makes it before any service starts, so that what can't be used ends the start early; starts it
/// without waiting for peers; takes up changed settings; and stops it within the host's deadline.
/// </summary>
internal sealed class ConnectionsService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TSettings>(
    InstanceState state, IOptionsMonitor<TSettings> monitor, ImmutableArray<SettingKey<TSettings>> keys, Func<Hosted> open, ILogger logger)
    : IHostedLifecycleService, IDisposable
    where TSettings : ConnectionSettings
{
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>The latest of several changes is enough.</summary>
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
        var hosted = _hosted ??= open(); // Hosts that know no StartingAsync begin here.
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

        state.Started();
        if (settings.IsSectionMissing)
            HostingLog.SectionMissing(logger, settings.SectionPath);
        HostingLog.Started(logger, settings.TargetOutbound, settings.PermanentPeers.Count, settings.ListenOn.Count + settings.OnionListenOn.Count);
        using (ExecutionContext.SuppressFlow())
            _updating = UpdateAsync(new SettingsUpdate<TSettings>(state, hosted, keys, settings, logger), _stopped.Token);
        _subscription = monitor.OnChange(OnChange);
        OnChange(monitor.Get(state.Name), state.Name); // What changed since it was made.
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
            // Thrown, it would keep the other services from being told of.
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
            await update.TakeUpAsync(settings, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes what the health check wants to know, until the manager has stopped.</summary>
    private async Task WatchAsync(Hosted hosted)
    {
        await foreach (var happened in hosted.Connections.WatchAsync(_stopped.Token).ConfigureAwait(false))
        {
            // Feelers and the like are none of those that are wanted.
            if (happened is ConnectionEstablished { Connection.Kind: ConnectionKind.Automatic or ConnectionKind.Permanent })
                state.Established();
        }

        if (!_isStopping)
            HostingLog.StoppedByItself(logger);
    }
}
