using System.Threading.Channels;

namespace Connmgr.Bitcoin;

/// <summary>
/// Asks DNS seeds for the services of groups that are set while the network runs, if neither a peer nor an address offers them then. The
/// services of the groups at the start are asked for by the network's seeder.
/// </summary>
/// <param name="demand">A task that completes when an address is wanted for the first time.</param>
/// <param name="getLacking">Gets the services that some group needs, and that no peer and no address offers.</param>
/// <param name="createSeeder">Creates a seeder that asks for services; null if no seed can be asked.</param>
internal sealed class GroupSeeding(Task demand, Func<IReadOnlyCollection<NodeServices>> getLacking, Func<NodeServices, AddressSeeder?> createSeeder)
{
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>The seeders that run, by the services that they ask for. Used by <see cref="RunAsync"/>.</summary>
    private readonly Dictionary<NodeServices, (Task Run, CancellationTokenSource Stop)> _running = [];

    /// <summary>Reports that there are other groups. Thread-safe.</summary>
    public void NotifyGroupsChanged() => _changes.Writer.TryWrite(true);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await demand.WaitAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var _ in _changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                var lacking = getLacking();
                foreach (var services in _running.Keys.ToList())
                {
                    if (_running[services].Run.IsCompleted || !lacking.Contains(services))
                        await StopAsync(services).ConfigureAwait(false);
                }

                foreach (var services in lacking)
                    Begin(services, cancellationToken);
            }
        }
        finally
        {
            foreach (var services in _running.Keys.ToList())
                await StopAsync(services).ConfigureAwait(false);
        }
    }

    private void Begin(NodeServices services, CancellationToken cancellationToken)
    {
        if (_running.ContainsKey(services) || createSeeder(services) is not { } seeder)
            return;
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running.Add(services, (seeder.RunAsync(stop.Token), stop));
    }

    private async Task StopAsync(NodeServices services)
    {
        _running.Remove(services, out var ended);
        await ended.Stop.CancelAsync().ConfigureAwait(false);
        await ended.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // It has logged what went wrong.
        ended.Stop.Dispose();
    }
}
