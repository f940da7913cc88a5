using System.Diagnostics.Metrics;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connmgr.Fleet.Hosting;

/// <summary>
/// Keeps the peers of one instance in a fleet while the host runs. It starts without waiting for Redis, shares bans from before the start of the
/// network to before its end, and leaves the fleet when the network has stopped.
/// </summary>
internal sealed class FleetMembership(IServiceProvider services, BitcoinPeersRegistration registration) : IHostedLifecycleService, IAsyncDisposable
{
    private readonly string _name = registration.Name;
    private SharedReputation? _shared;
    private volatile FleetConnection? _connection;
    private volatile bool _hasStopped;

    /// <summary>The connection; null before the start.</summary>
    public FleetConnection? Connection => _connection;

    /// <summary>True when the host has left the fleet.</summary>
    public bool HasStopped => _hasStopped;

    private FleetSettings Settings => services.GetRequiredService<IOptionsMonitor<FleetSettings>>().Get(_name);

    /// <summary>Creates the connection, which the host disposes of after the network.</summary>
    public FleetConnection Connect()
    {
        var chain = registration.GetChain(services.GetRequiredService<IOptionsMonitor<BitcoinPeersSettings>>().Get(_name))!;
        var options = Settings.ToOptions(chain.Name);
        options.TimeProvider = services.GetRequiredKeyedService<InstanceState>(_name).TimeProvider;
        options.MeterFactory = services.GetService<IMeterFactory>();
        options.LoggerFactory = NamedLoggerFactory.Create(services, _name);
        return _connection = FleetConnection.Create(options);
    }

    /// <summary>Lets the network claim what it dials.</summary>
    public void Configure(PeerNetworkOptions options)
    {
        var fleet = services.GetRequiredKeyedService<FleetConnection>(_name); // Created even without claims, and before the network: it is disposed of after it.
        if (Settings.Claims)
            options.UseClaims(fleet);
    }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var network = services.GetRequiredKeyedService<PeerNetwork>(_name);
        if (Settings.SharedBans)
            _shared ??= SharedReputation.Create(_connection!, network.Reputation);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => _connection is null ? StartingAsync(cancellationToken) : Task.CompletedTask; // Hosts without StartingAsync begin here.

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_shared is not null)
            await _shared.DisposeAsync().ConfigureAwait(false);
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        _hasStopped = true;
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends what a host that failed to start has begun.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shared is not null)
            await _shared.DisposeAsync().ConfigureAwait(false);
    }
}
