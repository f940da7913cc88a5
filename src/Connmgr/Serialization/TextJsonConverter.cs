using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// Writes endpoints, addresses and targets of bans as the text that this library shows everywhere (<c>1.2.3.4:8333</c>,
/// <c>[2001:db8::1]:8333</c>, <c>name:8333</c>), and 128-bit numbers as decimal text; reads that text. Writes exceptions as their message; they cannot be read. Thread-safe.
/// </summary>
public sealed class TextJsonConverter : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => Create(typeToConvert) is not null;

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        Create(typeToConvert) ?? throw new UnreachableException($"No converter of {typeToConvert}.");

    private static JsonConverter? Create(Type type)
    {
        if (type == typeof(NetworkAddress))
            return new ValueConverter<NetworkAddress>();
        if (type == typeof(NetworkEndPoint))
            return new ValueConverter<NetworkEndPoint>();
        if (type == typeof(BanTarget))
            return new ValueConverter<BanTarget>();
        if (type == typeof(UInt128))
            return new ValueConverter<UInt128>();
        if (type == typeof(IPAddress))
            return new IPAddressConverter();
        if (typeof(EndPoint).IsAssignableFrom(type))
            return new EndPointConverter();
        return typeof(Exception).IsAssignableFrom(type) ? new ExceptionConverter() : null;
    }

    private sealed class ValueConverter<T> : JsonConverter<T>
        where T : struct, ISpanParsable<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString();
            return T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw new JsonException($"'{text}' is no {typeof(T).Name}.");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class IPAddressConverter : JsonConverter<IPAddress>
    {
        public override IPAddress? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is not { } text ? null
                : IPAddress.TryParse(text, out var address) ? address
                : throw new JsonException($"'{text}' is no IP address.");

        public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class EndPointConverter : JsonConverter<EndPoint>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(EndPoint).IsAssignableFrom(typeToConvert);

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

        public override void Write(Utf8JsonWriter writer, EndPoint value, JsonSerializerOptions options) => writer.WriteStringValue(EndPointText.Format(value));
    }

    private sealed class ExceptionConverter : JsonConverter<Exception>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(Exception).IsAssignableFrom(typeToConvert);

        public override Exception? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("An exception is written as its message and cannot be read.");

        public override void Write(Utf8JsonWriter writer, Exception value, JsonSerializerOptions options) => writer.WriteStringValue(value.Message);
    }
}
