using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr.Tool;

/// <summary>The JSON of the protocol and of the commands, without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(ControlGreeting))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
[JsonSerializable(typeof(NoArguments))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(PeerItem))]
[JsonSerializable(typeof(ConnectArguments))]
[JsonSerializable(typeof(ConnectItem))]
[JsonSerializable(typeof(PeerArguments))]
[JsonSerializable(typeof(TargetArguments))]
[JsonSerializable(typeof(TargetItem))]
[JsonSerializable(typeof(RotateArguments))]
[JsonSerializable(typeof(RotateItem))]
[JsonSerializable(typeof(BroadcastArguments))]
[JsonSerializable(typeof(BroadcastItem))]
[JsonSerializable(typeof(AddressFilter))]
[JsonSerializable(typeof(AddressItem))]
[JsonSerializable(typeof(AddressCount))]
[JsonSerializable(typeof(QuarantineItem))]
[JsonSerializable(typeof(ReleaseArguments))]
[JsonSerializable(typeof(ImportArguments))]
[JsonSerializable(typeof(ImportItem))]
[JsonSerializable(typeof(ExportArguments))]
[JsonSerializable(typeof(ExportItem))]
[JsonSerializable(typeof(BanItem))]
[JsonSerializable(typeof(BanArguments))]
[JsonSerializable(typeof(BanAddItem))]
[JsonSerializable(typeof(UnbanArguments))]
[JsonSerializable(typeof(BanCountItem))]
[JsonSerializable(typeof(BanFileArguments))]
[JsonSerializable(typeof(BanImportArguments))]
[JsonSerializable(typeof(BanImportItem))]
[JsonSerializable(typeof(BanExportItem))]
internal sealed partial class ControlJson : JsonSerializerContext;
