using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>
/// The file descriptors that the dashboard and the control socket of a run need, in addition to those of its peers, which the connection
/// manager counts. When the process may open only few files, both serve fewer clients at a time. Pure.
/// </summary>
internal sealed record RunFiles
{
    /// <summary>The descriptors that the manager keeps free for short-lived files.</summary>
    private const int DescriptorHeadroom = 20;

    /// <summary>
    /// The descriptors of a run before its network starts: pipes and handles of the runtime, listeners, the files of its data directory.
    /// Measured: 8 to 10.
    /// </summary>
    private const int OpenedAtStart = 10;

    /// <summary>The descriptors for inbound peers and hedged dials that are reserved before the rest is shared.</summary>
    private const int FirstForPeers = 32;

    private const int MinPlaces = 8;
    private const int MinControlClients = 2;

    /// <summary>The descriptors of a client: its socket, and a file that it names.</summary>
    private const int PerControlClient = 2;

    /// <summary>
    /// The assemblies of ASP.NET, each of which stays open while it is loaded; none if all code is compiled ahead of time. Measured: 91 at
    /// the start, and 16 later.
    /// </summary>
    private static readonly int DashboardAtStart = RuntimeFeature.IsDynamicCodeSupported ? 96 : 4;
    private static readonly int DashboardLater = RuntimeFeature.IsDynamicCodeSupported ? 16 : 0;

    /// <summary>The most connections of the dashboard at a time.</summary>
    public required int DashboardPlaces { get; init; }

    /// <summary>The most clients of the control socket at a time.</summary>
    public required int ControlClients { get; init; }

    /// <summary>The descriptors of both, once a dashboard has started.</summary>
    public required int Reserved { get; init; }

    /// <summary>Computes the descriptors, before a dashboard is loaded.</summary>
    /// <param name="files">The file descriptors of the process.</param>
    /// <param name="hasDashboard">True when there is to be a dashboard.</param>
    /// <param name="hasControl">True when there is to be a control socket.</param>
    /// <param name="outbound">The number of wanted outbound peers.</param>
    /// <exception cref="ToolException">There are too few; the message gives the number that is needed.</exception>
    public static RunFiles Compute(FileDescriptorUsage files, bool hasDashboard, bool hasControl, int outbound)
    {
        var limit = files.Limit ?? long.MaxValue;
        var least = files.Open + OpenedAtStart + DescriptorHeadroom + outbound
            + (hasDashboard ? DashboardAtStart + DashboardLater + CountDashboard(MinPlaces) : 0)
            + (hasControl ? CountControl(MinControlClients) : 0);
        if (least > limit)
        {
            var remedy = hasDashboard ? "leave --dashboard out" : "lower --target";
            throw new ToolException($"{new FileDescriptorLimitException(limit, least).Message} Or {remedy}.");
        }

        var spare = Math.Max(0, limit - least - FirstForPeers);
        var places = hasDashboard ? (int)Math.Min(Tool.DashboardPlaces.DefaultMax, MinPlaces + spare / 4) : 0;
        var clients = hasControl ? (int)Math.Min(ControlProtocol.MaxClients, MinControlClients + spare / 8) : 0;
        return new()
        {
            DashboardPlaces = places,
            ControlClients = clients,
            Reserved = (hasDashboard ? DashboardLater + CountDashboard(places) : 0) + (hasControl ? CountControl(clients) : 0),
        };
    }

    private static int CountDashboard(int places) => places + Tool.DashboardPlaces.Reserved + 1; // One more is being accepted.

    private static int CountControl(int clients) => clients * PerControlClient + 1;
}
