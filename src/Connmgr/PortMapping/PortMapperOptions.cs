using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The options of a <see cref="PortMapper"/>.</summary>
internal sealed record PortMapperOptions
{
    /// <summary>The protocol.</summary>
    public required PortMappingMethod Method { get; init; }

    /// <summary>The function that gets the present local addresses of the listeners.</summary>
    public required Func<IReadOnlyList<IPEndPoint>> GetListeners { get; init; }

    /// <summary>The callback for each new state, one at a time.</summary>
    public Action<PortMappingState>? OnChanged { get; init; }

    /// <summary>The function that finds the ports to map and their gateways; true for IPv6 too. Default those of this machine.</summary>
    public Func<IReadOnlyList<IPEndPoint>, bool, ImmutableArray<PortMappingTarget>> FindTargets { get; init; } = GatewayFinder.Find;

    /// <summary>The function that gets the client for a protocol. Default null: a real one.</summary>
    public Func<PortMappingMethod, IGatewayClient>? GetClient { get; init; }

    /// <summary>The UDP port of gateways.</summary>
    public int GatewayPort { get; init; } = GatewayDatagrams.DefaultPort;

    /// <summary>The UDP port at which gateways announce themselves; null to receive no announcements.</summary>
    public int? AnnouncementPort { get; init; } = AnnouncementReceiver.DefaultPort;

    /// <summary>True to follow the system's reports of network changes.</summary>
    public bool ObserveNetworkChanges { get; init; } = true;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The factory of loggers.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
