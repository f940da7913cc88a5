using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The JSON of the dashboard's API, without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(OverviewItem))]
[JsonSerializable(typeof(PeerPage))]
[JsonSerializable(typeof(DialPage))]
[JsonSerializable(typeof(AddressPage))]
[JsonSerializable(typeof(QuarantinePage))]
[JsonSerializable(typeof(BanPage))]
[JsonSerializable(typeof(DecisionPage))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(RunHealth))]
[JsonSerializable(typeof(PeerItem))]
[JsonSerializable(typeof(ConnectArguments))]
[JsonSerializable(typeof(ConnectItem))]
[JsonSerializable(typeof(TargetArguments))]
[JsonSerializable(typeof(TargetItem))]
[JsonSerializable(typeof(RotateArguments))]
[JsonSerializable(typeof(RotateItem))]
[JsonSerializable(typeof(BanArguments))]
[JsonSerializable(typeof(BanAddItem))]
[JsonSerializable(typeof(BanItem))]
[JsonSerializable(typeof(CrawlItem))]
[JsonSerializable(typeof(CrawlHealth))]
[JsonSerializable(typeof(TokenItem))]
[JsonSerializable(typeof(ControlError))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class DashboardJson : JsonSerializerContext;
