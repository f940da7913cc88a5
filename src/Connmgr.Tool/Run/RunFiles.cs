using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>
/// The file descriptors that a run needs beside those of its peers, which the connection manager counts: what its dashboard and its control
/// socket may take. Where the process may open few files, both serve fewer clients at a time. Pure.
/// </summary>
internal sealed record RunFiles
{
    /// <summary>What the manager keeps free for what comes and goes.</summary>
    private const int DescriptorHeadroom = 20;

    /// <summary>What a run opens before its network starts: pipes and handles of the runtime, listeners, the files of its data directory. Measured: 8 to 10.</summary>
    private const int OpenedAtStart = 10;

    /// <summary>What inbound peers and hedged dials get before anybody shares in what is left.</summary>
    private const int FirstForPeers = 32;

    private const int LeastPlaces = 8;
    private const int LeastControlClients = 2;

    /// <summary>A client's socket, and a file that it names.</summary>
    private const int OfControlClient = 2;

    /// <summary>The assemblies of ASP.NET, each of which is open while it is loaded; none where all is compiled ahead. Measured: 91 at the start, and 16 later.</summary>
    private static readonly int DashboardAtStart = RuntimeFeature.IsDynamicCodeSupported ? 96 : 4;
    private static readonly int DashboardLater = RuntimeFeature.IsDynamicCodeSupported ? 16 : 0;

    /// <summary>The connections that a dashboard serves at a time.</summary>
    public required int DashboardPlaces { get; init; }

    /// <summary>The clients that the control socket serves at a time.</summary>
    public required int ControlClients { get; init; }

    /// <summary>What these take, once a dashboard has started.</summary>
    public required int Reserved { get; init; }

    /// <summary>Sums it up, before a dashboard is loaded.</summary>
    /// <param name="files">Those of the process.</param>
    /// <param name="hasDashboard">Whether there is to be a dashboard.</param>
    /// <param name="hasControl">Whether there is to be a control socket.</param>
    /// <param name="outbound">The outbound peers that are wanted.</param>
    /// <exception cref="ToolException">There are too few; the message says how many it takes.</exception>
    public static RunFiles Of(FileDescriptors files, bool hasDashboard, bool hasControl, int outbound)
    {
        var limit = files.Limit ?? long.MaxValue;
        var least = files.Open + OpenedAtStart + DescriptorHeadroom + outbound
            + (hasDashboard ? DashboardAtStart + DashboardLater + OfDashboard(LeastPlaces) : 0)
            + (hasControl ? OfControl(LeastControlClients) : 0);
        if (least > limit)
        {
            var remedy = hasDashboard ? "leave --dashboard out" : "lower --target";
            throw new ToolException($"{new FileLimitException(limit, least).Message} Or {remedy}.");
        }

        var spare = Math.Max(0, limit - least - FirstForPeers);
        var places = hasDashboard ? (int)Math.Min(Tool.DashboardPlaces.UsualMost, LeastPlaces + spare / 4) : 0;
        var clients = hasControl ? (int)Math.Min(ControlProtocol.MaxClients, LeastControlClients + spare / 8) : 0;
        return new()
        {
            DashboardPlaces = places,
            ControlClients = clients,
            Reserved = (hasDashboard ? DashboardLater + OfDashboard(places) : 0) + (hasControl ? OfControl(clients) : 0),
        };
    }

    private static int OfDashboard(int places) => places + Tool.DashboardPlaces.Reserved + 1; // One is being accepted.

    private static int OfControl(int clients) => clients * OfControlClient + 1;
}
