using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// A visit of <c>connmgr crawl</c>. The property names are those of the JSON. docs/reference/crawl-files.md is the contract: fields are added to it,
/// never changed.
/// </summary>
internal sealed record VisitItem
{
    /// <summary>The time of the dial.</summary>
    public required string Time { get; init; }

    /// <summary>The number of the round, from 1.</summary>
    public required long Round { get; init; }

    /// <summary>HOST:PORT.</summary>
    public required string Address { get; init; }

    /// <summary><c>ipv4</c>, <c>ipv6</c>, <c>onion</c>, <c>i2p</c> or <c>cjdns</c>.</summary>
    public required string Network { get; init; }

    /// <summary>True when the node completed the handshake.</summary>
    public required bool Reached { get; init; }

    /// <summary>The phase in which it failed; <c>none</c> when it did not.</summary>
    public required string Phase { get; init; }

    /// <summary>The cause of the failure; <c>none</c> when there is none.</summary>
    public required string Cause { get; init; }

    /// <summary>The number of visits in a row, this one included, that did not reach the node.</summary>
    public required int Failures { get; init; }

    /// <summary>The duration of the visit.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>The duration of the dial; null when it failed.</summary>
    public double? DialMilliseconds { get; init; }

    /// <summary>The round trip of a ping; null without an answer.</summary>
    public double? PingMilliseconds { get; init; }

    /// <summary>The protocol version that the node announces; null when it was not reached, as for the fields below.</summary>
    public int? ProtocolVersion { get; init; }

    /// <summary>The service bits, as 16 hexadecimal digits.</summary>
    public string? Services { get; init; }

    /// <summary>The user agent, made safe.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The height of the best block; -1 when the node sent none.</summary>
    public int? Height { get; init; }

    /// <summary><c>v1</c>, or <c>v2</c> for the encrypted transport.</summary>
    public string? Transport { get; init; }

    /// <summary>The ids of the features that the node announced.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>True when the node asked for addresses as addrv2.</summary>
    public bool? AddrV2 { get; init; }

    /// <summary>True when the node asked for transactions by wtxid.</summary>
    public bool? WtxidRelay { get; init; }

    /// <summary>True when the node was asked for addresses.</summary>
    public bool? Asked { get; init; }

    /// <summary>The number of addresses in its answer.</summary>
    public int? Addresses { get; init; }

    /// <summary>The number of those that were not known.</summary>
    public int? NewAddresses { get; init; }

    public static VisitItem From(CrawlVisit visit) => new()
    {
        Time = EventJson.Time(visit.Time),
        Round = visit.Round,
        Address = visit.EndPoint.ToString(),
        Network = visit.EndPoint.Address.Network.ToWord(),
        Reached = visit.IsReachable,
        Phase = Names.Get(visit.FailedPhase),
        Cause = Names.Get(visit.FailureCause),
        Failures = visit.Failures,
        Milliseconds = ToMilliseconds(visit.Duration),
        DialMilliseconds = visit.DialTime is { } dial ? ToMilliseconds(dial) : null,
        PingMilliseconds = visit.Latency is { } ping ? ToMilliseconds(ping) : null,
        ProtocolVersion = visit.Version?.ProtocolVersion,
        Services = visit.Version is { } version ? ((ulong)version.Services).ToString("x16", CultureInfo.InvariantCulture) : null,
        UserAgent = visit.Version is { UserAgent: var agent } ? SafeText.Line(agent) : null,
        Height = visit.Version?.StartHeight,
        Transport = visit.Transport is { } transport ? Names.Get(transport) : null,
        Features = visit.IsReachable ? [.. visit.Features.Select(static feature => SafeText.Line(feature.Id))] : null,
        AddrV2 = visit.IsReachable ? visit.WantsAddrV2 : null,
        WtxidRelay = visit.IsReachable ? visit.WantsWtxidRelay : null,
        Asked = visit.IsReachable ? visit.WasAsked : null,
        Addresses = visit.IsReachable ? visit.Addresses.Length : null,
        NewAddresses = visit.IsReachable ? visit.NewAddresses : null,
    };

    private static double ToMilliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}

/// <summary>The JSON of the files of <c>connmgr crawl</c>, without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(VisitItem))]
[JsonSerializable(typeof(CrawlSummary))]
internal sealed partial class CrawlJson : JsonSerializerContext;
