using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Connmgr;

/// <summary>
/// The content of Bitcoin Core's banlist.json: an object whose <c>banned_nets</c> is a list of bans. Also reads the answer of listbanned,
/// which is the list alone or the <c>result</c> of a call, and whose entries have no version.
/// </summary>
internal static class BanListFormat
{
    private const int Version = 1;

    /// <summary>The error if the search for a name throws an InvalidOperationException: a name contains half of an escaped surrogate pair.</summary>
    private const string NameIsNoText = "a name in it is not text";

    private static readonly long LatestSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private static readonly JsonEncodedText BannedNets = JsonEncodedText.Encode("banned_nets");
    private static readonly JsonEncodedText Result = JsonEncodedText.Encode("result");
    private static readonly JsonEncodedText VersionKey = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText CreatedKey = JsonEncodedText.Encode("ban_created");
    private static readonly JsonEncodedText UntilKey = JsonEncodedText.Encode("banned_until");
    private static readonly JsonEncodedText AddressKey = JsonEncodedText.Encode("address");

    // Fields of this library. Bitcoin Core ignores them.
    private static readonly JsonEncodedText CauseKey = JsonEncodedText.Encode("cause");
    private static readonly JsonEncodedText CommentKey = JsonEncodedText.Encode("comment");

    private static readonly (BanCause Cause, JsonEncodedText Name)[] Causes =
    [
        (BanCause.Manual, JsonEncodedText.Encode("manual")),
        (BanCause.Misbehavior, JsonEncodedText.Encode("misbehavior")),
    ];

    // Escapes only quotes and control characters, because the file is not part of a web page.
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        IndentSize = 4,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Decodes a file. Drops invalid entries and accepts the others.</summary>
    /// <param name="path">The path of the file, for messages.</param>
    /// <param name="bytes">The whole content of the file.</param>
    /// <exception cref="AddressFileException">The content does not have the format.</exception>
    public static BanListContent Read(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
            var root = json.RootElement;
            var entries = root.ValueKind == JsonValueKind.Object && (TryGet(root, BannedNets, out var found) || TryGet(root, Result, out found)) ? found : root;
            return entries.ValueKind == JsonValueKind.Array
                ? ReadEntries(entries)
                : throw new FormatException("it is neither an object with a list 'banned_nets' nor a list of bans");
        }
        catch (JsonException exception)
        {
            throw SealedBytes.Malformed(path, new FormatException(exception.Message.TrimEnd('.'), exception));
        }
        catch (InvalidOperationException exception)
        {
            throw SealedBytes.Malformed(path, new FormatException(NameIsNoText, exception));
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }

    /// <summary>Encodes a file.</summary>
    public static ReadOnlyMemory<byte> Write(ImmutableArray<Ban> bans)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (bans.Length * 192));
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteStartArray(BannedNets);
            foreach (var ban in bans)
                WriteEntry(json, ban);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private static BanListContent ReadEntries(JsonElement entries)
    {
        var bans = ImmutableArray.CreateBuilder<Ban>();
        var places = ImmutableArray.CreateBuilder<int>();
        var dropped = ImmutableArray.CreateBuilder<RejectedBan>();
        var (index, count) = (0, 0);
        foreach (var entry in entries.EnumerateArray())
        {
            try
            {
                bans.Add(ReadEntry(entry));
                places.Add(index);
            }
            catch (Exception exception) when (exception is FormatException or InvalidOperationException)
            {
                count++;
                if (dropped.Count < BanListFile.MaxReportedRejects)
                    dropped.Add(new RejectedBan(index, exception is FormatException ? exception.Message : NameIsNoText));
            }

            index++;
        }

        return new(bans.DrainToImmutable(), places.DrainToImmutable(), dropped.DrainToImmutable(), count);
    }

    private static Ban ReadEntry(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw new FormatException("it is not an object");
        if (TryGet(entry, VersionKey, out _) && ReadNumber(entry, VersionKey) is var version && version != Version)
            throw new FormatException(Invariant($"its version is {version}, not {Version}"));
        var text = ReadText(entry, AddressKey) ?? throw new FormatException("it has no string 'address'");
        var target = BanTarget.Parse(text);
        return new Ban(target, ReadTime(entry, CreatedKey), ReadTime(entry, UntilKey), ReadCause(entry), ReadText(entry, CommentKey));
    }

    private static void WriteEntry(Utf8JsonWriter json, Ban ban)
    {
        json.WriteStartObject();
        json.WriteNumber(VersionKey, Version);
        json.WriteNumber(CreatedKey, ban.Created.ToUnixTimeSeconds());
        json.WriteNumber(UntilKey, ban.Until.ToUnixTimeSeconds());
        json.WriteString(AddressKey, ban.Target.ToString());
        foreach (var (cause, name) in Causes)
        {
            if (cause == ban.Cause)
                json.WriteString(CauseKey, name);
        }

        if (ban.Comment is { } comment)
            json.WriteString(CommentKey, comment);
        json.WriteEndObject();
    }

    /// <summary>Finds the first property with a name, as Bitcoin Core does; JsonElement finds the last.</summary>
    private static bool TryGet(JsonElement element, JsonEncodedText name, out JsonElement value)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (property.NameEquals(name.EncodedUtf8Bytes))
            {
                value = property.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    private static long ReadNumber(JsonElement entry, JsonEncodedText name) =>
        TryGet(entry, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : throw new FormatException($"it has no whole number '{name}'");

    private static DateTimeOffset ReadTime(JsonElement entry, JsonEncodedText name)
    {
        var seconds = ReadNumber(entry, name);
        if (seconds < 0)
            throw new FormatException(Invariant($"its '{name}' is {seconds}, before 1970"));
        return DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, LatestSecond));
    }

    private static BanCause ReadCause(JsonElement entry)
    {
        var text = ReadText(entry, CauseKey);
        foreach (var (cause, name) in Causes)
        {
            if (string.Equals(name.Value, text, StringComparison.Ordinal))
                return cause;
        }

        return BanCause.Unspecified;
    }

    private static string? ReadText(JsonElement entry, JsonEncodedText name)
    {
        if (!TryGet(entry, name, out var value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException($"its '{name}' is not UTF-8", exception);
        }
    }
}

/// <summary>The content of a file of bans.</summary>
/// <param name="Bans">The bans.</param>
/// <param name="Places">The place of each among the entries, from 0.</param>
/// <param name="Dropped">The invalid entries, up to the maximum that is reported.</param>
/// <param name="DroppedCount">The number of all invalid entries.</param>
internal sealed record BanListContent(ImmutableArray<Ban> Bans, ImmutableArray<int> Places, ImmutableArray<RejectedBan> Dropped, int DroppedCount);
