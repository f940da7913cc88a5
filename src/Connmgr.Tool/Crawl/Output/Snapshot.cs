using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>
/// The snapshot of a round in the form of bitnodes' exports: an array with a row for each reachable node. A row has the address, the port, the
/// protocol version, the user agent, the time since which it is reachable (in seconds since 1970), the services, the height, then host name, city,
/// country, latitude, longitude and time zone, which are null here, the autonomous system, and its operator, which is null as well. Pure.
/// </summary>
internal static class Snapshot
{
    /// <summary>The column of the time.</summary>
    public const int TimeColumn = 4;

    /// <summary>The columns from the host name to the time zone, of which nothing is known.</summary>
    private const int UnknownPlace = 6;

    /// <summary>Writes a snapshot.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="getSince">Gets the time since which a node is reachable.</param>
    /// <param name="map">The AS map; null for none.</param>
    public static ReadOnlyMemory<byte> Write(IReadOnlyCollection<CrawledNode> nodes, Func<CrawledNode, DateTimeOffset> getSince, AsMap? map)
    {
        var buffer = new ArrayBufferWriter<byte>((nodes.Count * 160) + 16);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        foreach (var node in nodes)
            WriteRow(json, node, getSince(node), map?.GetAutonomousSystem(node.EndPoint.Address) ?? 0);

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads the times since which the nodes of a snapshot are reachable. Rows in another form are passed over.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static IEnumerable<KeyValuePair<NetworkEndPoint, DateTimeOffset>> ReadTimes(ReadOnlyMemory<byte> snapshot)
    {
        using var document = JsonDocument.Parse(snapshot);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var row in document.RootElement.EnumerateArray())
        {
            if (ReadTime(row) is { } pair)
                yield return pair;
        }
    }

    private static KeyValuePair<NetworkEndPoint, DateTimeOffset>? ReadTime(JsonElement row) =>
        row.ValueKind == JsonValueKind.Array && row.GetArrayLength() > TimeColumn && ReadAddress(row[0]) is { } address
        && row[1].ValueKind == JsonValueKind.Number && row[1].TryGetUInt16(out var port)
        && row[TimeColumn].ValueKind == JsonValueKind.Number && row[TimeColumn].TryGetInt64(out var time)
        && time >= 0 && time <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? new(new NetworkEndPoint(address, port), DateTimeOffset.FromUnixTimeSeconds(time))
            : null;

    private static NetworkAddress? ReadAddress(JsonElement cell)
    {
        try
        {
            return cell.ValueKind == JsonValueKind.String && NetworkAddress.TryParse(cell.GetString(), out var address) ? address : null;
        }
        catch (InvalidOperationException)
        {
            return null; // It is not UTF-8.
        }
    }

    private static void WriteRow(Utf8JsonWriter json, CrawledNode node, DateTimeOffset since, uint system)
    {
        json.WriteStartArray();
        json.WriteStringValue(node.EndPoint.Address.ToString());
        json.WriteNumberValue(node.EndPoint.Port);
        json.WriteNumberValue(node.ProtocolVersion);
        json.WriteStringValue(node.UserAgent);
        json.WriteNumberValue(since.ToUnixTimeSeconds());
        json.WriteNumberValue((ulong)node.Services);
        json.WriteNumberValue(node.Height);
        for (var i = 0; i < UnknownPlace; i++)
            json.WriteNullValue();
        if (system == 0)
            json.WriteNullValue();
        else
            json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"AS{system}"));
        json.WriteNullValue();
        json.WriteEndArray();
    }
}
