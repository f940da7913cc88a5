using System.Globalization;
using System.Runtime.CompilerServices;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests.Crawl;

/// <summary>Nodes and visits for the tests of a crawl's output.</summary>
internal static class CrawlGen
{
    public const NodeServices Full = NodeServices.Network | NodeServices.Witness | NodeServices.NetworkLimited | NodeServices.P2PV2;

    public static readonly DateTimeOffset Start = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A node with an IPv4 address in a /16 of its own.</summary>
    public static CrawledNode Node(int number, NodeServices services = Full, int height = 900_000, int port = 8333, DateTimeOffset? time = null) =>
        Node(string.Create(CultureInfo.InvariantCulture, $"{20 + (number / 200)}.{number % 200}.0.1:{port}"), services, height, time);

    public static CrawledNode Node(string endPoint, NodeServices services = Full, int height = 900_000, DateTimeOffset? time = null, string agent = "/Satoshi:30.0.0/") => new()
    {
        EndPoint = NetworkEndPoint.Parse(endPoint),
        Time = time ?? Start,
        ProtocolVersion = 70016,
        Services = services,
        Height = height,
        Milliseconds = 42,
        IsEncrypted = true,
        UserAgent = agent,
    };

    /// <summary>A visit that reached its node.</summary>
    public static CrawlVisit Visit(string endPoint = "1.2.3.4:8333", string agent = "/Satoshi:30.0.0/") => new()
    {
        EndPoint = NetworkEndPoint.Parse(endPoint),
        Round = 3,
        Time = Start,
        Duration = TimeSpan.FromMilliseconds(250.1234),
        Version = new VersionMessage { ProtocolVersion = 70016, Services = Full, UserAgent = agent, StartHeight = 900_000 },
        Transport = PeerTransport.V2,
        DialTime = TimeSpan.FromMilliseconds(80),
        Latency = TimeSpan.FromMilliseconds(40.6),
        WantsAddrV2 = true,
        WasAsked = true,
        Addresses = [new PeerAddress(NetworkEndPoint.Parse("5.6.7.8:8333"), 9, Start)],
        NewAddresses = 1,
    };

    /// <summary>A visit that failed.</summary>
    public static CrawlVisit Failure(string endPoint = "9.9.9.9:8333") => new()
    {
        EndPoint = NetworkEndPoint.Parse(endPoint),
        Round = 3,
        Time = Start,
        Duration = TimeSpan.FromSeconds(5),
        FailedPhase = ConnectPhase.Tcp,
        FailureCause = ConnectFailureCause.Timeout,
        Failures = 2,
    };

    public static CrawlRound Round(int number, DateTimeOffset ended, int addresses = 10) => new()
    {
        Round = number,
        Started = ended.AddSeconds(-90),
        Ended = ended,
        Addresses = addresses,
        Visits = addresses,
        Reached = 1,
    };

    /// <summary>The records of nodes, as a frontier gives them.</summary>
    public static async IAsyncEnumerable<FrontierRecord> Records(
        IEnumerable<CrawledNode> nodes, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var node in nodes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.CompletedTask;
            yield return new FrontierRecord(node.EndPoint, node.Encode());
        }
    }
}
