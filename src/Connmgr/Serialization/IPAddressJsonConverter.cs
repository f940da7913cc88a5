using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>Writes an IP address as text, and reads it. Thread-safe.</summary>
public sealed class IPAddressJsonConverter : JsonConverter<IPAddress>
{
    /// <inheritdoc/>
    public override IPAddress? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is not { } text ? null
            : IPAddress.TryParse(text, out var address) ? address
            : throw new JsonException($"'{text}' is no IP address.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.ToString());
    }
}
