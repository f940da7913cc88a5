using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Reloads the configuration of a run on request, and carries out the changes that can take effect at once: all of them or, if there are
/// errors, none. There is one reload at a time; requests during a reload count as one.
/// </summary>
internal sealed class RunReloader : IAsyncDisposable
{
    private readonly PeerNetwork _network;
    private readonly ConnectionManager _manager;
    private readonly ConfigurationLoader _loader;
    private readonly int _defaultPort;
    private readonly ChannelWriter<Action<IRunOutput>> _news;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;
    private Configuration<RunOptions> _running;

    /// <summary>Starts to serve requests.</summary>
    /// <param name="running">The running configuration.</param>
    /// <param name="loader">Loads the configuration.</param>
    /// <param name="network">The network.</param>
    /// <param name="requests">The requests.</param>
    /// <param name="context">The context of the run, whose output receives the outcomes.</param>
    public RunReloader(
        Configuration<RunOptions> running,
        ConfigurationLoader loader,
        PeerNetwork network,
        ChannelReader<bool> requests,
        RunContext context)
    {
        (_running, _loader, _network, _manager, _defaultPort) = (running, loader, network, network.Connections, context.Chain.DefaultPort);
        (_news, _timeProvider) = (context.News.Writer, context.TimeProvider);
        _serving = ServeAsync(requests);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task ServeAsync(ChannelReader<bool> requests)
    {
        await foreach (var _ in requests.ReadAllAsync(_stopping.Token).ConfigureAwait(false))
        {
            var began = _timeProvider.GetUtcNow();
            _news.TryWrite(output => output.Reloading(began));
            var outcome = await ReloadAsync(_stopping.Token).ConfigureAwait(false);
            var ended = _timeProvider.GetUtcNow();
            _news.TryWrite(output => output.Reloaded(ended, outcome));
        }
    }

    private async Task<ReloadOutcome> ReloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var wanted = await _loader.LoadAsync(new RunOptionSet(), cancellationToken).ConfigureAwait(false);
            var plan = ReloadPlan.Create(_running.Settings, wanted.Settings);
            var options = plan.Effective(_running.Options, wanted.Options);
            await ApplyAsync(plan, options, cancellationToken).ConfigureAwait(false);
            _running = wanted with { Options = options, Settings = plan.Apply(_running.Settings, wanted.Settings) };
            return new ReloadOutcome(plan.Changes, []);
        }
        catch (UsageException exception)
        {
            return ReloadOutcome.Failed(exception.Messages);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever the error: the run goes on unchanged, and the user gets the outcome of the reload.
            return ReloadOutcome.Failed([exception.Message]);
        }
    }

    private async Task ApplyAsync(ReloadPlan plan, RunOptions wanted, CancellationToken cancellationToken)
    {
        var snapshot = await _manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var target = !plan.ChangesTarget ? snapshot.TargetOutbound
            : wanted.Connect.IsEmpty ? wanted.WantedTarget
            : 0;
        if (target > 0 && !snapshot.HasAddressSource)
            throw new ToolException($"target is {target}, and the run has no source of addresses for automatic peers: restart it with one, or add peers with add-peer.");
        if (wanted.FindTotalFault(target) is { } fault)
            throw new ToolException(fault);

        // Limits that grow come before the numbers that need them. From here on, only the end of the run can be an error.
        if (plan.ChangesLimits)
            await _manager.SetInboundLimitsAsync(wanted.InboundLimits, cancellationToken).ConfigureAwait(false);
        if (plan.ChangesMaxInbound)
            await _manager.SetMaxInboundAsync(wanted.EffectiveMaxInbound, cancellationToken).ConfigureAwait(false);
        if (plan.ChangesTarget)
            await SetTargetAsync(target, target == 0 ? [] : wanted.Groups, cancellationToken).ConfigureAwait(false);
        if (plan.ChangesPeers)
        {
            var (before, after) = (_running.Options.PermanentPeers(_defaultPort), wanted.PermanentPeers(_defaultPort));
            await SetPermanentPeersAsync(snapshot, before, after, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Changes the groups of automatic peers, or their number. Once there were groups, a number alone is a group too.</summary>
    private Task SetTargetAsync(int target, ImmutableArray<PeerGroup> groups, CancellationToken cancellationToken)
    {
        if (groups.IsEmpty && _network.Groups.IsEmpty)
            return _manager.SetTargetOutboundAsync(target, cancellationToken);
        return _network.SetGroupsAsync(groups.IsEmpty ? [new PeerGroup("default", target)] : groups, cancellationToken);
    }

    /// <summary>Replaces the permanent peers of the configuration. Those of 'connmgr peers connect' stay.</summary>
    private async Task SetPermanentPeersAsync(
        ConnectionManagerSnapshot snapshot, ImmutableArray<EndPoint> before, ImmutableArray<EndPoint> after, CancellationToken cancellationToken)
    {
        var gone = before.Except(after).ToHashSet();
        var permanent = snapshot.Requests.Where(request => request.Kind == ConnectionKind.Permanent);
        foreach (var request in permanent.Where(request => request.EndPoint is { } peer && gone.Contains(peer)))
            await _manager.RemoveAsync(request.Id, cancellationToken).ConfigureAwait(false);
        foreach (var peer in after.Except(before))
            _manager.Connect(peer, permanent: true);
    }
}
