using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Hosting;

/// <summary>Applies changed settings, as far as they can change at run time. One caller at a time.</summary>
internal sealed class SettingsUpdate<TSettings>(
    InstanceState state, Hosted hosted, ImmutableArray<SettingKey<TSettings>> keys, TSettings settings, ILogger logger)
    where TSettings : ConnectionSettings
{
    /// <summary>The settings that the instance was created with.</summary>
    private readonly TSettings _initial = settings;

    /// <summary>The settings applied last.</summary>
    private TSettings _current = settings;

    /// <summary>Applies settings and logs the result. Throws only when the token is cancelled.</summary>
    public async Task UpdateAsync(TSettings next, CancellationToken cancellationToken)
    {
        if (next.Errors.Count > 0)
        {
            HostingLog.ChangeNotValid(logger, string.Join(' ', next.Errors));
            return;
        }

        var change = SettingsChange.Between(keys, _initial, _current, next);
        try
        {
            await ApplyAsync(change, next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            HostingLog.ChangeFailed(logger, exception);
            return;
        }

        _current = next;
        state.Settings = next;
        if (!change.Live.IsEmpty)
            HostingLog.Changed(logger, string.Join(", ", change.Live.Select(next.GetName)));
        if (!change.AtNextStart.IsEmpty)
            HostingLog.ChangedTooLate(logger, string.Join(", ", change.AtNextStart.Select(next.GetName)));
    }

    private async Task ApplyAsync(SettingsChange change, TSettings next, CancellationToken cancellationToken)
    {
        var connections = hosted.Connections;
        if (change.Includes(nameof(next.TargetOutbound)) || change.Includes(nameof(BitcoinPeersSettings.Groups)))
            await hosted.SetOutbound(next, cancellationToken).ConfigureAwait(false);
        if (change.Includes(nameof(next.MaxInbound)))
            await connections.SetMaxInboundAsync(next.MaxInbound, cancellationToken).ConfigureAwait(false);
        if (change.Includes(nameof(next.InboundLimits)))
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
