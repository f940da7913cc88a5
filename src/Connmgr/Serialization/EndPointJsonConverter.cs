using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// Writes an endpoint as text, as this library shows it everywhere: <c>1.2.3.4:8333</c>, <c>[2001:db8::1]:8333</c>, <c>name:8333</c>. Reads those
/// forms. Thread-safe.
/// </summary>
public sealed class EndPointJsonConverter : JsonConverter<EndPoint>
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeof(EndPoint).IsAssignableFrom(typeToConvert);

    /// <inheritdoc/>
    public override EndPoint? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        if (text is null)
            return null;
        if (IPEndPoint.TryParse(text, out var ip))
            return ip;

        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, provider: null, out var port)
            ? new DnsEndPoint(text[..colon], port, AddressFamily.Unspecified)
            : throw new JsonException($"'{text}' is no endpoint: use ADDRESS:PORT, [IPV6]:PORT or NAME:PORT.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EndPoint value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(EndPointText.Format(value));
    }
}
