using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Hosting;

/// <summary>Takes up changed settings, as far as they can change at run time. One caller at a time.</summary>
internal sealed class SettingsUpdate<TSettings>(
    InstanceState state, Hosted hosted, ImmutableArray<SettingKey<TSettings>> keys, TSettings settings, ILogger logger)
    where TSettings : ConnectionSettings
{
    private readonly TSettings _made = settings;
    private TSettings _now = settings;

    /// <summary>Takes up settings, and logs what became of them. Never throws but for the token.</summary>
    public async Task TakeUpAsync(TSettings next, CancellationToken cancellationToken)
    {
        if (next.Errors.Count > 0)
        {
            HostingLog.ChangeNotValid(logger, string.Join(' ', next.Errors));
            return;
        }

        var change = SettingsChange.Between(keys, _made, _now, next);
        try
        {
            await ApplyAsync(change, next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            HostingLog.ChangeFailed(logger, exception);
            return;
        }

        _now = next;
        state.Settings = next;
        if (!change.Live.IsEmpty)
            HostingLog.Changed(logger, string.Join(", ", change.Live.Select(next.NameOf)));
        if (!change.AtNextStart.IsEmpty)
            HostingLog.ChangedTooLate(logger, string.Join(", ", change.AtNextStart.Select(next.NameOf)));
    }

    private async Task ApplyAsync(SettingsChange change, TSettings next, CancellationToken cancellationToken)
    {
        var connections = hosted.Connections;
        if (change.IsOf(nameof(next.TargetOutbound)))
            await connections.SetTargetOutboundAsync(next.TargetOutbound, cancellationToken).ConfigureAwait(false);
        if (change.IsOf(nameof(next.MaxInbound)))
            await connections.SetMaxInboundAsync(next.MaxInbound, cancellationToken).ConfigureAwait(false);
        if (change.IsOf(nameof(next.InboundLimits)))
            await connections.SetInboundLimitsAsync(next.InboundLimits, cancellationToken).ConfigureAwait(false);
        foreach (var peer in change.RemovedPeers)
            await RemoveAsync(Complete(peer), cancellationToken).ConfigureAwait(false);
        foreach (var peer in change.AddedPeers)
            connections.Connect(Complete(peer), permanent: true);
    }

    private async Task RemoveAsync(EndPoint peer, CancellationToken cancellationToken)
    {
        var snapshot = await hosted.Connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        foreach (var request in snapshot.Requests.Where(request => request.Kind == ConnectionKind.Permanent && peer.Equals(request.EndPoint)))
            await hosted.Connections.RemoveAsync(request.Id, cancellationToken).ConfigureAwait(false);
    }

    private EndPoint Complete(EndPoint peer) => PeerPort.OrDefault(peer, hosted.DefaultPort);
}
